namespace FedLowRank.ClientAgent.Policies;

/// <summary>The owner's policy cannot be used; the message names field, value and limit.</summary>
internal sealed class PolicyException : Exception
{
    public PolicyException(string file, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}", inner)
    {
    }
}

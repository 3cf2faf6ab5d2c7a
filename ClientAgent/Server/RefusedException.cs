using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Server;

/// <summary>The server understood, and said no: the same again would get the same answer.</summary>
internal sealed class RefusedException(Problem problem)
    : Exception($"the server refused: {problem.Detail} ({problem.Code})")
{
    /// <summary>Stable, for programs.</summary>
    public string Code { get; } = problem.Code;
}

namespace FedLowRank.Silo.Schema;

/// <summary>The tables are not of this program's version. The message says which command helps.</summary>
internal sealed class SchemaException(string message, bool isCheck, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the tables were looked at for their own sake.</summary>
    public bool IsCheck => isCheck;
}

namespace FedLowRank.ClientAgent.Ledgers;

/// <summary>The ledger is damaged or missing, so nobody knows what was spent, and nothing more may be.</summary>
internal sealed class LedgerException : Exception
{
    public LedgerException(string path, string problem)
        : base($"{path}: {problem}; restore the agent's folder from its backup. Without one, what was "
            + "spent is unknown: train on these data again only from a new folder and with a budget that allows for it")
    {
    }
}

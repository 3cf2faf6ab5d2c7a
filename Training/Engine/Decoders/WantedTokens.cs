namespace FedLowRank.Training.Engine.Decoders;

/// <summary>Which tokens of each example the output is wanted of.</summary>
internal enum WantedTokens
{
    /// <summary>Every one.</summary>
    All,

    /// <summary>Those that have a next token in the example.</summary>
    AllButLast,

    /// <summary>The one that a classifier reads.</summary>
    Last,
}

namespace FedLowRank.Benchmarks.Methods;

/// <summary>What the agents of a case train.</summary>
internal enum Trained
{
    /// <summary>The factors of the adapter and the classifier's output layer.</summary>
    Both,

    /// <summary>The factors alone; the output layer stays as it was drawn, as in the published FedSVD.</summary>
    Factors,

    /// <summary>The output layer alone: the adapter's scale is all but zero, and with it gradient and effect.</summary>
    Head,
}

namespace FedLowRank.ClientAgent.Server;

/// <summary>
/// How much of a round's steps is done, in tenths: steps are the plan's, tenths are coarse, and so neither batches nor
/// the speed of single steps show.
/// </summary>
internal readonly record struct ProgressTenth
{
    private ProgressTenth(int value) => Value = value;

    /// <summary>From 0 to 10.</summary>
    public int Value { get; }

    /// <summary>The tenth that so many steps have reached.</summary>
    public static ProgressTenth Of(int stepsDone, int steps) => new((int)(stepsDone * 10L / steps));

    /// <summary>The fewest steps that reach it, as the server counts steps.</summary>
    public int StepsOf(int steps) => (int)(((Value * (long)steps) + 9) / 10);
}

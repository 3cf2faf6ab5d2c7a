using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Methods;

/// <summary>
/// Trains the head alone in the first rounds, and then lets another method begin with its own round 0.
/// </summary>
/// <remarks>
/// The output layer of a new classifier starts at zero and lets no gradient through. In the first step of a private run
/// every value of the factors would be noise alone, at the largest learning rate of the run; this leaves them out.
/// </remarks>
public sealed class HeadFirst : IFederatedMethod
{
    private readonly IFederatedMethod method;
    private readonly int headRounds;

    /// <summary>Creates the method.</summary>
    /// <param name="method">The method after the first rounds.</param>
    /// <param name="headRounds">Rounds that train the head alone, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of rounds is below 0.</exception>
    public HeadFirst(IFederatedMethod method, int headRounds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(headRounds);
        (this.method, this.headRounds) = (method, headRounds);
    }

    /// <inheritdoc/>
    public string Name => method.Name;

    /// <inheritdoc/>
    public ServerNeeds Needs => method.Needs;

    /// <inheritdoc/>
    public bool SuitsDifferentialPrivacy => method.SuitsDifferentialPrivacy;

    /// <inheritdoc/>
    public LayerTraffic Traffic(LoraShape shape, int round) =>
        IsForHead(round) ? new LayerTraffic(DownValues: 0, UpValues: 0) : method.Traffic(shape, round - headRounds);

    /// <inheritdoc/>
    public TensorLayout Trainables(Adapter state, int round) =>
        IsForHead(round) ? StateChange.Trainables(state, _ => []) : method.Trainables(state, round - headRounds);

    /// <inheritdoc/>
    public Adapter Advance(Adapter state, int round, RoundUpdates updates) => IsForHead(round)
        ? StateChange.AddMean(state, updates, Trainables(state, round))
        : method.Advance(state, round - headRounds, updates);

    private bool IsForHead(int round) => round < headRounds;
}

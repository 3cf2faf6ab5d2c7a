using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Gateway.Console.Spectra;

/// <summary>What a checkpoint's adapter looks like.</summary>
/// <param name="Checkpoint">Its manifest.</param>
/// <param name="Bytes">Of all its parts.</param>
/// <param name="Layers">In model order; none where it could not be read.</param>
/// <param name="Problem">Why it could not be read; null where it was.</param>
public sealed record CheckpointFigures(
    BlobHash Checkpoint, long Bytes, IReadOnlyList<LayerFigures> Layers, string? Problem)
{
    /// <summary>False for a fresh start, which leaves the model as it was.</summary>
    public bool ChangesAnything => Layers.Any(layer => layer.SingularValues is [> 0, ..]);
}

/// <summary>What an adapter adds to one layer.</summary>
/// <param name="Module">Full name of the layer in the base model.</param>
/// <param name="SingularValues">
/// The largest <see cref="ValuesMax"/> of (alpha / r) B A, descending.
/// </param>
/// <param name="EffectiveRank">
/// exp of the entropy of the singular values' shares in their sum (Roy and Vetterli, EUSIPCO 2007, definition 1), over
/// all of them; 0 where all are 0.
/// </param>
/// <param name="TurnMaxDegrees">
/// Largest angle between the row spaces of A here and in the checkpoint before, 0 to 90; null where there is none
/// before, or a row space is not of full rank.
/// </param>
/// <param name="TurnMeanDegrees">Mean of all r angles.</param>
public sealed record LayerFigures(
    string Module, IReadOnlyList<double> SingularValues, double EffectiveRank, double? TurnMaxDegrees,
    double? TurnMeanDegrees)
{
    /// <summary>Most singular values that are kept.</summary>
    public const int ValuesMax = 32;
}

namespace FedLowRank.Aggregation.Methods;

/// <summary>Where A begins. B begins at 0, so the adapter begins as no change of the model.</summary>
public enum FactorStart
{
    /// <summary>
    /// PEFT's default, kaiming_uniform with a = sqrt 5: independent uniform values within +-1 / sqrt(d_in).
    /// </summary>
    Kaiming,

    /// <summary>Orthonormal rows that span a uniformly random subspace.</summary>
    Orthonormal,
}

namespace FedLowRank.Training.Local;

/// <summary>The rules that local training can use.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="SgdMomentum"/>.</summary>
    Sgd,

    /// <summary><see cref="Local.Adam"/>.</summary>
    Adam,
}

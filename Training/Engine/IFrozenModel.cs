using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>A base model's weights, packed once and read only from then on; shared by all workers.</summary>
internal interface IFrozenModel : IDisposable
{
    /// <summary>The model's sizes.</summary>
    ModelConfig Config { get; }

    /// <summary>Layer by layer the linear layers that can carry a low-rank pair, in the model's order.</summary>
    IReadOnlyList<IReadOnlyList<FrozenLinear>> Linears { get; }

    /// <summary>The head that an adapter asks for.</summary>
    /// <param name="adapter">Holds the head's tensors.</param>
    /// <param name="trained">Gives the trained tensor of a spec, or null where it is frozen.</param>
    /// <exception cref="ArgumentException">The adapter's head does not fit the model.</exception>
    ITaskHead CreateHead(Adapter adapter, Func<TensorSpec, ParameterTensor?> trained);

    /// <summary>Buffers and scratch for one more worker.</summary>
    IModelPass CreatePass();
}

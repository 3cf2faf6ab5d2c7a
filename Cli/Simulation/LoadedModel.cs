using System.Collections.Immutable;
using FedLowRank.Training;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Cli.Simulation;

/// <summary>A base model in memory: its weights once, for any number of agents.</summary>
public sealed record LoadedModel
{
    /// <summary>Computes with the weights.</summary>
    public required ITrainingEngine Engine { get; init; }

    /// <summary>Turns text into its token ids.</summary>
    public required ITokenizer Tokenizer { get; init; }

    /// <summary>Longest input in tokens, frame tokens included.</summary>
    public required int TokensMax { get; init; }

    /// <summary>Width of the vector that the classification head reads.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The linear layers that an adapter can change, in model order.</summary>
    public required ImmutableArray<LinearModule> Modules { get; init; }
}

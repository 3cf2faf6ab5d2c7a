using FedLowRank.Aggregation.Adapters;
using FedLowRank.Training.Data;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.Training;

/// <summary>A base model in memory: its weights once, for any number of agents.</summary>
public sealed record LoadedModel : IDisposable
{
    /// <summary>Computes with the weights.</summary>
    public required ITrainingEngine Engine { get; init; }

    /// <summary>Turns text into its token ids.</summary>
    public required ITokenizer Tokenizer { get; init; }

    /// <summary>Longest input in tokens, frame tokens included.</summary>
    public required int TokensMax { get; init; }

    /// <summary>
    /// The tensors of a head for a number of labels; the output layer's weight and, if it has one, bias come last.
    /// </summary>
    public required Func<int, IReadOnlyList<TensorSpec>> HeadFor { get; init; }

    /// <summary>True for a decoder with an output matrix, which can be trained to tell the next token.</summary>
    public bool PredictsTokens { get; init; }

    /// <summary>True where the weights of the linear layers lie transposed in the files, as GPT-2's do.</summary>
    public bool HasTransposedWeights { get; init; }

    /// <summary>The linear layers that an adapter can change, in model order.</summary>
    public required IReadOnlyList<LinearModule> Modules { get; init; }

    /// <summary>Reads a Hugging Face folder: <c>config.json</c>, <c>tokenizer.json</c> and the weights.</summary>
    /// <exception cref="InputFileException">A JSON file cannot be used, or the two do not fit each other.</exception>
    /// <exception cref="WeightsException">The weights cannot be used.</exception>
    public static LoadedModel Open(string folder) => Open(folder, new CpuEngineOptions());

    /// <inheritdoc cref="Open(string)"/>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How the engine uses the machine.</param>
    public static LoadedModel Open(string folder, CpuEngineOptions options) =>
        Open(folder, (config, weights) => new CpuEngine(config, weights, options));

    /// <inheritdoc cref="Open(string)"/>
    /// <param name="folder">The folder.</param>
    /// <param name="createEngine">Makes an engine of the model's sizes and weights, which are closed after it.</param>
    public static LoadedModel Open(string folder, Func<ModelConfig, IWeightSource, ITrainingEngine> createEngine)
    {
        var config = ModelConfig.Read(Path.Combine(folder, "config.json"));
        var tokens = Path.Combine(folder, "tokenizer.json");
        var tokenizer = Tokenizers.Tokenizer.Read(tokens);
        if (tokenizer.VocabularySize > config.VocabularySize)
        {
            throw new InputFileException(
                tokens,
                "",
                $"has token ids up to {tokenizer.VocabularySize - 1}; "
                + $"vocab_size in config.json, {config.VocabularySize}, must be above that");
        }

        using var weights = HuggingFaceWeights.Open(folder);
        return new LoadedModel
        {
            Engine = createEngine(config, new FolderWeights(weights, folder)),
            Tokenizer = tokenizer,
            TokensMax = config.TokensMax,
            HeadFor = labels => HeadTensors.For(config, labels),
            PredictsTokens = config is DecoderConfig decoder
                && (decoder.IsTied || weights.TryFind("lm_head.weight", out _)),
            HasTransposedWeights = config is DecoderConfig { Family: DecoderFamily.Gpt2 },
            Modules = config.Modules,
        };
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Engine.Dispose();
}

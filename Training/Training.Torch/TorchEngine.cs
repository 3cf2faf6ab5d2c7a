using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.LowRank;
using FedLowRank.Training.Torch.Networks;
using FedLowRank.Training.Torch.Steps;
using TorchSharp;
using static TorchSharp.torch;

namespace FedLowRank.Training.Torch;

/// <summary>
/// BERT-type encoders with a classification head, and Llama- and GPT-2-type decoders for the next token or with a
/// classification head, on TorchSharp: a GPU, or libtorch's CPU. Dropout is off: the base is frozen, and noise enters
/// where privacy needs it. Not thread-safe.
/// </summary>
/// <remarks>
/// The same input gives the same bits on one device, as far as libtorch's kernels do: on a GPU the backward pass of
/// attention adds in no fixed order, and the size of a micro-batch, which depends on free memory, chooses kernels.
/// Different devices agree within rounding.
/// </remarks>
public sealed class TorchEngine : ITrainingEngine
{
    private readonly FrozenModel model;
    private readonly Device device;
    private readonly ModelPass pass;
    private LoadedAdapter? adapter;
    private bool disposed;

    /// <summary>Brings the weights to the device.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="source">Its weights; not used after the constructor.</param>
    /// <param name="options">How to use the device.</param>
    /// <exception cref="ArgumentException">The sizes contradict each other, or an option is out of range.</exception>
    public TorchEngine(ModelConfig config, IWeightSource source, TorchEngineOptions options)
    {
        InputChecks.RequireSound(config);
        if (options.Threads is { } threads)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
            set_num_threads(threads);
        }

        device = torch.device(options.Device);
        var reader = new WeightReader(source, device, options.Precision);
        using var still = no_grad();
        using var scope = NewDisposeScope();
        model = config switch
        {
            EncoderConfig encoder => new EncoderModel(encoder, reader),
            _ => throw new UnreachableException($"no engine for {config.GetType()}"),
        };
        pass = new ModelPass(model, options.Recompute);
        Modules = config.Modules;
    }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => model.Config;

    /// <summary>The linear layers that can carry a low-rank pair, in the model's order.</summary>
    public IReadOnlyList<LinearModule> Modules { get; }

    private LoadedAdapter Adapter
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return adapter ?? throw new InvalidOperationException("Load comes first");
        }
    }

    /// <summary>
    /// Opens a Hugging Face folder: <c>config.json</c>, whose <c>model_type</c> tells the kind of model, and
    /// <c>model.safetensors</c>, also sharded.
    /// </summary>
    /// <exception cref="Data.InputFileException">The configuration is unsound or asks for what is not
    /// supported.</exception>
    /// <exception cref="WeightsException">The weights are unsound or do not fit the configuration.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static TorchEngine Open(string folder, TorchEngineOptions? options = null)
    {
        var config = ModelConfig.Read(Path.Combine(folder, "config.json"));
        using var files = HuggingFaceWeights.Open(folder);
        return new TorchEngine(config, new FolderWeights(files, folder), options ?? new TorchEngineOptions());
    }

    /// <inheritdoc/>
    public void Load(Adapter adapter, TensorLayout trainables)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var next = new LoadedAdapter(model, device, adapter, trainables);
        next.Attach();
        this.adapter?.Dispose();
        this.adapter = next;
    }

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        var current = Adapter;
        InputChecks.RequireSink(sink, current.Dimension);
        current.Update(parameters);
        InputChecks.RequireFit(examples, Config, current.Head.LabelCount);
        if (examples.IsEmpty || current.Dimension == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var rows = pass.Gradients(current, new TokenBatch(examples.ToArray(), device));
        sink.AddRows(rows.cpu().data<float>().ToArray());
    }

    /// <inheritdoc/>
    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        var current = Adapter;
        InputChecks.RequireRoom(examples, predictions);
        current.Update(parameters);
        InputChecks.RequireFit(examples, Config, current.Head.LabelCount);
        if (examples.IsEmpty)
        {
            return;
        }

        using var scope = NewDisposeScope();
        pass.Evaluate(current, new TokenBatch(examples.ToArray(), device), predictions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        adapter?.Dispose();
        adapter = null;
        model.Dispose();
    }
}

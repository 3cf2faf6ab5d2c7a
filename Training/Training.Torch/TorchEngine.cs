using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.Devices;
using FedLowRank.Training.Torch.LowRank;
using FedLowRank.Training.Torch.Networks;
using FedLowRank.Training.Torch.Steps;
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
/// Different devices agree within rounding. In a private sum the shape that an example is computed in depends on the
/// example and the device alone, never on the other examples, unless memory runs out.
/// </remarks>
public sealed class TorchEngine : ITrainingEngine
{
    // A shared machine's memory is not all ours; a GPU's is, but for what its allocator loses between blocks.
    private const double ShareOfHost = 0.5;
    private const double ShareOfGpu = 0.9;

    private readonly TorchEngineOptions options;
    private readonly TorchDevice device;
    private readonly FrozenModel model;
    private readonly ModelPass pass;
    private readonly MemoryLimit gradientLimit;
    private readonly MemoryLimit evaluationLimit;
    private LoadedAdapter? adapter;
    private StepMemory? memory;
    private bool disposed;

    /// <summary>Brings the weights to the device.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="source">Its weights; not used after the constructor.</param>
    /// <param name="options">How to use the device.</param>
    /// <exception cref="ArgumentException">The sizes contradict each other, or an option is out of range.</exception>
    /// <exception cref="EngineException">There is no such device, or the weights do not fit it or what may be used of
    /// it.</exception>
    public TorchEngine(ModelConfig config, IWeightSource source, TorchEngineOptions options)
    {
        InputChecks.RequireSound(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads ?? 1, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryBytesMax ?? 1, 1, nameof(options));
        this.options = options;
        device = TorchDevice.Open(options.Device);
        if (options.Threads is { } threads)
        {
            set_num_threads(threads);
        }

        using var still = no_grad();
        using var scope = NewDisposeScope();
        // What an engine before this one has left in pieces could not be given back once weights lie among it.
        device.ReleaseUnused();
        model = Fitting(
            $"the weights of a model of {config.LayerCount} layers and width {config.HiddenSize}",
            () => CreateModel(config, new WeightReader(source, device.Handle, options)));
        try
        {
            var bytes = BytesBesideWeights();
            (gradientLimit, evaluationLimit) = (new(bytes), new(bytes));
        }
        catch
        {
            model.Dispose();
            throw;
        }

        pass = new ModelPass(model, options.Recompute || options.IsQuantized);
        Batches = new MicroBatchRunner(config, device);
        Modules = config.Modules;
    }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => model.Config;

    /// <summary>The linear layers that can carry a low-rank pair, in the model's order.</summary>
    public IReadOnlyList<LinearModule> Modules { get; }

    /// <summary>Bytes of the frozen weights on the device.</summary>
    public long WeightBytes => model.ByteCount;

    /// <summary>Cuts batches to what fits the device.</summary>
    internal MicroBatchRunner Batches { get; }

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
        var next = Fitting(
            $"an adapter of {adapter.Layout.Count} values",
            () => new LoadedAdapter(model, device.Handle, adapter, trainables));
        next.Attach();
        this.adapter?.Dispose();
        this.adapter = next;
        memory = new StepMemory(Config, options, next);
    }

    /// <summary>
    /// As the contract says. To a sink that takes sums, nothing is handed before all examples are done, and then one
    /// sum, clipped on the device where the sink has a rule.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="EngineException">One example alone does not fit the device's memory.</exception>
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

        if (sink is not IGradientSum total)
        {
            Batches.Run(
                examples.ToArray(), gradientLimit, memory!.Gradients,
                (batch, _) => sink.AddRows(pass.Gradients(current, batch).cpu().data<float>().ToArray()));
            return;
        }

        using var sum = Fitting(
            $"a sum of {current.Dimension} values",
            () => new DeviceSum(total.Rule, current.Dimension, device.Handle));
        Batches.Run(
            [.. examples.ToArray().OrderByDescending(e => e.Tokens.Length)], gradientLimit, memory!.Gradients,
            (batch, _) => sum.Add(pass.Gradients(current, batch), batch.ExampleCount),
            keepsToItself: total.Rule is not null);
        sum.HandOver(total);
    }

    /// <inheritdoc/>
    /// <exception cref="EngineException">One example alone does not fit the device's memory.</exception>
    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        var current = Adapter;
        InputChecks.RequireRoom(examples, predictions);
        current.Update(parameters);
        InputChecks.RequireFit(examples, Config, current.Head.LabelCount);
        var sorted = examples.ToArray().Index().OrderByDescending(e => e.Item.Tokens.Length).ToArray();
        var all = new Prediction[sorted.Length];
        Batches.Run(
            [.. sorted.Select(e => e.Item)], evaluationLimit, memory!.Evaluation,
            (batch, start) => pass.Evaluate(current, batch, all.AsSpan(start, batch.Count)));
        for (var i = 0; i < all.Length; i++)
        {
            predictions[sorted[i].Index] = all[i];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        adapter?.Dispose();
        adapter = null;
        model.Dispose();
    }

    private static FrozenModel CreateModel(ModelConfig config, WeightReader reader) => config switch
    {
        EncoderConfig encoder => new EncoderModel(encoder, reader),
        DecoderConfig decoder => new DecoderModel(decoder, reader),
        _ => throw new UnreachableException($"no engine for {config.GetType()}"),
    };

    /// <summary>Makes what stays on the device; where it does not fit, says so.</summary>
    private T Fitting<T>(string what, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            throw new EngineException(
                $"device {device.Name} has no memory for {what}; {OutOfMemory.FreeOf(device)}",
                "use --precision bf16 or another device; or ask for a run with a quantised base (baseFormat int8 or "
                + "nf4), a smaller model or a smaller rank",
                error);
        }
    }

    /// <summary>
    /// What micro-batches are planned with. Asked once, when the weights are there: later, what libtorch's allocator
    /// keeps for the next step would look as if it were taken, as would now what it kept of an earlier engine and of
    /// loading.
    /// </summary>
    private long BytesBesideWeights()
    {
        if (options.MemoryBytesMax is not { } most)
        {
            device.ReleaseUnused();
            return (long)((device.IsCuda ? ShareOfGpu : ShareOfHost) * device.Memory().FreeBytes);
        }

        var least = (WeightBytes >> 20) + 1;
        return most > WeightBytes ? most - WeightBytes : throw new EngineException(
            FormattableString.Invariant(
                $"device memory is {most >> 20} MiB; expected at least {least}, as the weights alone take {least - 1}"),
            FormattableString.Invariant($"give --device-memory more than {least}, for the examples, or leave it out; ")
            + "--precision bf16, or a run with a quantised base (baseFormat int8 or nf4), takes less");
    }
}

using System.Diagnostics;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training.Engine.Decoders;
using FedLowRank.Training.Engine.Kernels;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Training.Engine;

/// <summary>
/// BERT-type encoders with a classification head, and Llama- and GPT-2-type decoders for the next token or with a
/// classification head, on the CPU. Dropout is off: the base is frozen, and noise enters where privacy needs it. Not
/// thread-safe; it uses <see cref="CpuEngineOptions.Workers"/> threads of its own accord.
/// </summary>
public sealed partial class CpuEngine : ITrainingEngine
{
    private readonly IFrozenModel model;
    private readonly GemmKernel kernel;
    private readonly CpuEngineOptions options;
    private readonly IModelPass[] passes;
    private readonly BatchRunner runner;
    private readonly GradientWork gradients = new();
    private LowRankMap? map;
    private int dimension;
    private bool disposed;

    /// <summary>Reads and packs the weights.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <param name="source">Its weights; not used after the constructor.</param>
    /// <param name="options">How to use the machine.</param>
    public CpuEngine(ModelConfig config, IWeightSource source, CpuEngineOptions? options = null)
        : this(config, source, options, GemmKernel.Best)
    {
    }

    internal CpuEngine(ModelConfig config, IWeightSource source, CpuEngineOptions? options, GemmKernel kernel)
    {
        this.options = options ?? new CpuEngineOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(this.options.Workers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(this.options.MicroBatchTokensMax, 1, nameof(options));
        InputChecks.RequireSound(config);
        this.kernel = kernel;
        model = config switch
        {
            EncoderConfig encoder => new EncoderWeights(encoder, source, kernel, this.options.Format),
            DecoderConfig decoder => new DecoderWeights(decoder, source, kernel, this.options.Format),
            _ => throw new UnreachableException($"no engine for {config.GetType()}"),
        };
        passes = [.. Enumerable.Range(0, this.options.Workers).Select(_ => model.CreatePass())];
        runner = new BatchRunner(passes, this.options.MicroBatchTokensMax);
        Modules = config.Modules;
    }

    /// <summary>The model's sizes.</summary>
    public ModelConfig Config => model.Config;

    /// <summary>The linear layers that can carry a low-rank pair, in the model's order.</summary>
    public IReadOnlyList<LinearModule> Modules { get; }

    /// <summary>Instruction set of the matrix products.</summary>
    public string KernelName => kernel.Name;

    private LowRankMap Map
    {
        get
        {
            // The weights are read through bare pointers, which would dangle.
            ObjectDisposedException.ThrowIf(disposed, this);
            return map ?? throw new InvalidOperationException("Load comes first");
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
    public static CpuEngine Open(string folder, CpuEngineOptions? options = null)
    {
        var config = ModelConfig.Read(Path.Combine(folder, "config.json"));
        using var files = HuggingFaceWeights.Open(folder);
        return new CpuEngine(config, new FolderWeights(files, folder), options);
    }

    /// <inheritdoc/>
    public void Load(Adapter adapter, TensorLayout trainables)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var next = new LowRankMap(model, kernel, adapter, trainables);
        map?.Dispose();
        map = next;
        dimension = trainables.Count;
    }

    /// <inheritdoc/>
    public void Gradients(ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink)
    {
        var current = Map;
        InputChecks.RequireSink(sink, dimension);
        current.Update(parameters);
        Check(examples);
        var countMax = Math.Max(1, options.GradientValuesMax / Math.Max(1, dimension));
        runner.Run(examples, countMax, gradients.With(current, sink));
    }

    /// <inheritdoc/>
    public void Evaluate(
        ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions)
    {
        var current = Map;
        InputChecks.RequireRoom(examples, predictions);
        current.Update(parameters);
        Check(examples);
        var all = new Prediction[examples.Length];
        runner.Run(examples, int.MaxValue, new EvaluationWork(current, all));
        all.CopyTo(predictions);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        map?.Dispose();
        foreach (var pass in passes)
        {
            pass.Dispose();
        }

        model.Dispose();
    }

    /// <summary>The last hidden state of every token, tokens x d.</summary>
    internal float[] HiddenStates(ReadOnlySpan<float> parameters, TokenizedExample example)
    {
        Map.Update(parameters);
        Check([example]);
        return passes[0].HiddenStates(Map, [example]).ToArray();
    }

    private void Check(ReadOnlySpan<TokenizedExample> examples) =>
        InputChecks.RequireFit(examples, Config, Map.Head.LabelCount);
}

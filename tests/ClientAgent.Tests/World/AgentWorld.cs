using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Methods;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Tokenizers;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>An agent's folder with a tiny model, data and policy, and a scripted server to enrol with.</summary>
internal sealed class AgentWorld : IAsyncDisposable
{
    public const int Labels = 3;
    private const int Width = 8;
    private const int Vocabulary = 30;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("fedlowrank-agent-test-");

    private AgentWorld(FakeServer server)
    {
        Server = server;
        Folder = new AgentFolder(Path.Combine(root.FullName, "agent"));
        Directory.CreateDirectory(ModelFolder);
        File.WriteAllText(Path.Combine(ModelFolder, "config.json"), """{ "model_type": "gpt2" }""");
        File.WriteAllText(Path.Combine(ModelFolder, "tokenizer.json"), "{}");
        using (var weights = File.Create(Path.Combine(ModelFolder, "model.safetensors")))
            AdapterFile.Write(StartAdapter(), weights);
        WriteData(Rows(40, seed: 1));
        Engine = new BagOfTokensEngine(Width, Vocabulary);
    }

    public static RunId Run { get; } = new("demo");

    public FakeServer Server { get; }

    public AgentFolder Folder { get; }

    public BagOfTokensEngine Engine { get; }

    public StringWriter Output { get; } = new();

    public StringWriter Error { get; } = new();

    public Dictionary<string, string?> Variables { get; } = new(StringComparer.Ordinal);

    public TimeSpan Silence { get; set; } = TimeSpan.FromSeconds(45);

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>In which the base model was opened, each time that it was.</summary>
    public ConcurrentQueue<WeightFormat> Formats { get; } = [];

    /// <summary>Called before each step of training.</summary>
    public Action BeforeStep { get; set; } = () => { };

    /// <summary>Called with the name of each call of the engine, before it.</summary>
    public Action<string> BeforeCall { get; set; } = _ => { };

    public string ModelFolder => Path.Combine(root.FullName, "model");

    public string DataPath => Path.Combine(root.FullName, "texts.tsv");

    public BlobHash ModelHash => ModelFolderHash.Compute(ModelFolder, CancellationToken.None);

    public static async Task<AgentWorld> StartAsync(bool enrol = true)
    {
        var world = new AgentWorld(await FakeServer.StartAsync());
        world.Server.Plans[Run] = world.Plan();
        world.WritePolicy();
        if (enrol) Assert.Equal(ExitCode.Done, await world.CommandAsync("enrol", world.Server.Invite));
        return world;
    }

    public static IEnumerable<string> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"t{i}\ttrain\tlabel{random.Next(Labels)}\tclient{i % 2}\t{random.Next(30)} {random.Next(30)}"));
    }

    public void WriteData(IEnumerable<string> rows) => File.WriteAllText(
        DataPath, "id\tsplit\tlabel\tclient\ttext\n" + string.Concat(rows.Select(row => row + "\n")));

    /// <summary>A policy that allows the plan; pairs of what stands in it and what shall stand there.</summary>
    public void WritePolicy(params (string Old, string New)[] changes)
    {
        var json = PolicyJson;
        foreach (var (old, @new) in changes)
        {
            Assert.Contains(old, json, StringComparison.Ordinal);
            json = json.Replace(old, @new, StringComparison.Ordinal);
        }

        Directory.CreateDirectory(Folder.Root);
        File.WriteAllText(Folder.Policy, json);
    }

    public const string PolicyJson = """
        {
          "runs": ["demo"], // comments and trailing commas are fine
          "baseModelFolder": "../model",
          "data": { "path": "../texts.tsv", "idColumn": "id", "splitColumn": "split" },
          "nominalExamples": 40,
          "budget": { "epsilon": 5, "delta": 1e-3 },
          "limits": {
            "noiseMultiplierMin": 1, "clipMin": 0.1, "clipMax": 10, "samplingRateMax": 0.5, "localStepsMax": 20,
          },
        }
        """;

    public RunPlan Plan(Func<RoundPlan, RoundPlan>? change = null)
    {
        var round = new RoundPlan
        {
            Method = "fedsvd",
            Period = 1,
            BaseModel = ModelHash,
            Task = new(
                TaskKind.Classification, "text", "label", ["label0", "label1", "label2"], TokensMax: 8),
            LocalSteps = 10,
            SamplingRate = 0.25,
            Optimizer = new(OptimizerRule.Sgd, 0.5, 0.1, 0, 0.999, null),
            UpdateBound = 4,
            WeightMax = 1,
            UpdateBytesMax = 1 << 20,
            Privacy = new(2, 1, 1e-5),
        };
        return new(
            5, change is null ? round : change(round),
            new()
            {
                SelectingSeconds = 60,
                CollectingSeconds = 600,
                WorkSeconds = 60,
                EvaluatingSeconds = 60,
                CohortSize = 1,
                OverSelection = 1,
                Quorum = 1,
                DistinctAgentsMin = 1,
                MissedQuorum = new(0, 0, LastResort.Pause),
                WorkRetriesMax = 0,
            },
            new RunSchedule.Automatic(0),
            [new("all", [BagOfTokensEngine.Module])]);
    }

    public void ChangePlan(Func<RoundPlan, RoundPlan> change) => Server.Plans[Run] = Plan(change);

    /// <summary>An adapter that fits the model, at the server.</summary>
    public BlobHash PutCheckpoint()
    {
        using var file = new MemoryStream();
        AdapterFile.Write(StartAdapter(), file);
        var part = Server.Put(file.ToArray());
        return Server.Put(ManifestJson.Write(new(Run, null, null, Server.Plans[Run], [], [part])));
    }

    /// <summary>The form of the run's updates.</summary>
    public UpdateForm Form()
    {
        var shape = new LoraShape(BagOfTokensEngine.Module, Width, Width, 2, 4);
        var adapter = new AdapterShape(
            [new LayerShape(shape.Module, Width, Width, 2, 4, HasInner: false)],
            BagOfTokensEngine.Head(Width, Labels)
                .Select(spec => new HeadShape(spec.Name, spec.Rows, spec.Columns, IsTrained: true))
                .ToValueList());
        return UpdateForm.Of(Server.Plans[Run].Round, 1, adapter);
    }

    public Task<int> CommandAsync(params string[] arguments) =>
        CommandAsync(CancellationToken.None, arguments);

    public Task<int> CommandAsync(CancellationToken cancellation, params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--folder", Folder.Root], Host(), cancellation);

    /// <summary>Runs the agent while a test looks at it, and stops it.</summary>
    public async Task<int> WhileRunningAsync(Func<Task> look)
    {
        using var stop = new CancellationTokenSource();
        var running = CommandAsync(stop.Token, "run");
        var looking = look();
        var first = await Task.WhenAny(running, looking);
        if (first == running) Assert.Fail($"the agent ended with {await running}: {Error}");
        await looking;
        await stop.CancelAsync();
        return await running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public AgentHost Host() => new(new StringReader(Server.Invite), Output, TextWriter.Synchronized(Error))
    {
        Engines = new OneEngine(new WorldEngine(format =>
        {
            Formats.Enqueue(format);
            BeforeCall(nameof(Open));
            return Open();
        })),
        Timings = new()
        {
            RetryFirst = TimeSpan.FromMilliseconds(20),
            RetryMax = TimeSpan.FromMilliseconds(200),
            Request = TimeSpan.FromSeconds(20),
            Silence = Silence,
        },
        Time = Clock,
        Variable = name => Variables.GetValueOrDefault(name),
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        root.Delete(recursive: true);
    }

    private static Adapter StartAdapter() => new(
        [AdapterStart.Layer(new LoraShape(BagOfTokensEngine.Module, Width, Width, 2, 4), FactorStart.Orthonormal, 1)],
        BagOfTokensEngine.Head(Width, Labels).Select(spec => AdapterStart.Zeros(spec, true)));

    private LoadedModel Open() => new()
    {
        Engine = new WaitingEngine(Engine, call =>
        {
            if (call == nameof(ITrainingEngine.Gradients)) BeforeStep();
            BeforeCall(call);
        }),
        Tokenizer = new NumberTokenizer(),
        TokensMax = 16,
        HeadFor = labels => BagOfTokensEngine.Head(Width, labels),
        Modules = [new LinearModule(BagOfTokensEngine.Module, Width, Width)],
    };

    private sealed class WorldEngine(Func<WeightFormat, LoadedModel> open) : CpuAgentEngine
    {
        public override LoadedModel Open(string folder, int? threads, WeightFormat format) => open(format);
    }

    /// <summary>A text is a list of token ids.</summary>
    private sealed class NumberTokenizer : ITokenizer
    {
        public int VocabularySize => Vocabulary;

        public int[] Encode(string text, int tokensMax) => [.. text.Split(' ').Select(int.Parse).Take(tokensMax)];

        public string Decode(ReadOnlySpan<int> tokens) => string.Join(' ', tokens.ToArray());
    }
}

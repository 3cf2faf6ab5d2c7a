using System.Collections.Immutable;
using System.Text;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Cli.Commands;
using FedLowRank.Tests;

namespace FedLowRank.Cli.Tests.Simulation;

/// <summary>A tiny GPT-2 of random weights, from its folder to the exported adapter.</summary>
public sealed class Gpt2Tests : IDisposable
{
    private const int Width = 8;
    private const int Vocabulary = 512;

    private readonly SpeechesWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task The_adapter_of_a_gpt2_says_that_the_weights_lie_transposed()
    {
        var token = TestContext.Current.CancellationToken;
        var folder = Path.Combine(world.Folder, "gpt2");
        await WriteModelAsync(folder, token);
        var config = Path.Combine(world.Folder, "gpt2.json");
        var json = SpeechesWorld.Json(("'o_proj', 'down_proj'", "'c_attn', 'c_proj'"), ("'rounds': 2", "'rounds': 1"));
        var samples = RepositoryFiles.Path("samples", "stories260k");
        await File.WriteAllTextAsync(config, json.Replace(samples, folder, StringComparison.Ordinal), token);
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.True(
            await CommandLine.RunAsync(["simulate", config], new CommandHost(output, error), token) == ExitCode.Done,
            error.ToString());

        var adapter = Path.Combine(world.Folder, "results", "adapter");
        var peft = PeftConfig.Parse(await File.ReadAllBytesAsync(Path.Combine(adapter, "adapter_config.json"), token));
        Assert.True(peft.FanInFanOut);
        Assert.Equal("CAUSAL_LM", peft.TaskType);
        Assert.Equal(
            ["transformer.h.0.attn.c_attn", "transformer.h.0.attn.c_proj", "transformer.h.0.mlp.c_proj"],
            peft.TargetModules);
        await using var tensors = File.OpenRead(Path.Combine(adapter, "adapter_model.safetensors"));
        var fused = (await PeftImport.ReadAsync(peft, tensors, cancellationToken: token)).Layers[0].Shape;
        Assert.Equal((Width, 3 * Width), (fused.InputWidth, fused.OutputWidth));
    }

    private static async Task WriteModelAsync(string folder, CancellationToken token)
    {
        Directory.CreateDirectory(folder);
        File.Copy(
            RepositoryFiles.Path("samples", "stories260k", "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        var config = $$"""
            {
              "model_type": "gpt2", "vocab_size": {{Vocabulary}}, "n_embd": {{Width}}, "n_head": 2, "n_layer": 1,
              "n_positions": 32, "activation_function": "gelu_new"
            }
            """;
        await File.WriteAllTextAsync(Path.Combine(folder, "config.json"), config, Encoding.UTF8, token);

        // Conv1D: the weights of linear layers lie as d_in x d_out.
        (string Name, ImmutableArray<long> Shape)[] specs =
        [
            ("wte.weight", [Vocabulary, Width]), ("wpe.weight", [32, Width]),
            ("h.0.ln_1.weight", [Width]), ("h.0.ln_1.bias", [Width]),
            ("h.0.attn.c_attn.weight", [Width, 3 * Width]), ("h.0.attn.c_attn.bias", [3 * Width]),
            ("h.0.attn.c_proj.weight", [Width, Width]), ("h.0.attn.c_proj.bias", [Width]),
            ("h.0.ln_2.weight", [Width]), ("h.0.ln_2.bias", [Width]),
            ("h.0.mlp.c_fc.weight", [Width, 4 * Width]), ("h.0.mlp.c_fc.bias", [4 * Width]),
            ("h.0.mlp.c_proj.weight", [4 * Width, Width]), ("h.0.mlp.c_proj.bias", [Width]),
            ("ln_f.weight", [Width]), ("ln_f.bias", [Width]),
        ];
        var random = new Random(1);
        await using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        var writer = new SafetensorsWriter(file, SafetensorsHeader.Create(
            specs.Select(spec => ("transformer." + spec.Name, SafetensorsDType.F32, spec.Shape)),
            new Dictionary<string, string>(StringComparer.Ordinal)));
        foreach (var (name, shape) in specs)
        {
            var count = (int)shape.Aggregate(1L, (product, side) => product * side);
            writer.Write(
                "transformer." + name,
                [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)]);
        }

        writer.Complete();
    }
}

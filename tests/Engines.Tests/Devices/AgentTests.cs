// Goal: both agents say what they train on, measure a step, and refuse options in words. Method: the programs.
using System.Text.Json;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent;
using FedLowRank.ClientAgent.Doctor;
using FedLowRank.ClientAgent.Torch;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.Engines.Tests.Devices;

public sealed class AgentTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fedlowrank-device-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("full")]
    [InlineData("bf16")]
    public async Task The_Torch_agents_doctor_names_device_memory_and_libraries_and_compares_a_step(string precision)
    {
        var (code, output) = await Program.RunAsync(
            Program.TorchAgent, "doctor", "--folder", folder.FullName, "--json", "--precision", precision);
        Assert.Equal(5, code); // Not enrolled.
        var findings = JsonDocument.Parse(output).RootElement.GetProperty("findings").EnumerateArray()
            .ToDictionary(
                f => f.GetProperty("check").GetString()!,
                f => (Level: f.GetProperty("level").GetString(), Text: f.GetProperty("message").GetString()!));
        Assert.Equal("ok", findings["device"].Level);
        Assert.StartsWith("cpu (", findings["device"].Text, StringComparison.Ordinal);
        Assert.Contains("MiB of cpu are free", findings["device memory"].Text, StringComparison.Ordinal);
        Assert.Equal(
            $"TorchSharp {TorchLibrary.BindingVersion} with libtorch {TorchLibrary.Version}",
            findings["libraries"].Text);
        Assert.Equal("ok", findings["self-test"].Level);
        Assert.Contains("differs from the CPU engine's by", findings["self-test"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plain_agent_has_its_processor_and_no_option_for_another_device()
    {
        var (_, output) = await Program.RunAsync(Program.Agent, "doctor", "--folder", folder.FullName);
        Assert.Contains("ok   device: cpu (", output, StringComparison.Ordinal);
        Assert.Equal(2, (await Program.RunAsync(Program.Agent, "run", "--device", "cpu")).Code);
    }

    [Theory]
    [InlineData("--device", "cuda:3", "device is cuda:3")]
    [InlineData("--device", "gpu", "expected cpu, cuda or cuda:N")]
    [InlineData("--precision", "half", "precision is 'half'; expected full or bf16")]
    [InlineData("--device-memory", "255", "device memory is '255'; expected 256 to ")]
    [InlineData("--device-memory", "999999999", "expected 256 to ")]
    [InlineData("--device-memory", "1.5", "device memory is '1.5'")]
    public async Task A_value_that_cannot_be_is_refused_with_field_value_and_limit(
        string option, string value, string message)
    {
        var (code, output) = await Program.RunAsync(
            Program.TorchAgent, "run", "--folder", folder.FullName, option, value);
        Assert.Equal(2, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.Contains("-> ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_come_from_the_environment_where_the_command_line_has_none()
    {
        var choice = new TorchChoice();
        var command = new System.CommandLine.RootCommand();
        foreach (var option in choice.Options) command.Options.Add(option);
        AgentEngine Choose(string line, string name, string value) =>
            choice.Choose(command.Parse(line), asked => asked == "FEDLOWRANK_AGENT_" + name ? value : null);

        Assert.Contains("gpu", Assert.Throws<EngineException>(() => Choose("", "DEVICE", "gpu")).Message);
        Assert.StartsWith("cpu (", Choose("--device cpu", "DEVICE", "gpu").Device, StringComparison.Ordinal);
        Assert.InRange(Choose("", "DEVICE", "cpu").Device.Length, 1, 128);
        Assert.Contains("'x'", Assert.Throws<EngineException>(() => Choose("", "PRECISION", "x")).Message);
        Assert.Contains("'x'", Assert.Throws<EngineException>(() => Choose("", "RECOMPUTE", "x")).Message);
        Assert.Contains("'x'", Assert.Throws<EngineException>(() => Choose("", "DEVICE_MEMORY", "x")).Message);
    }

    [Theory]
    [InlineData(1, "", null, FindingLevel.Ok)]
    [InlineData(1.001, "", null, FindingLevel.Fail)]
    [InlineData(double.NaN, "", null, FindingLevel.Fail)]
    [InlineData(1.001, "lora_A", null, FindingLevel.Fail)]
    [InlineData(1.001, "lora_B", null, FindingLevel.Fail)]
    [InlineData(1.001, "lora_R", null, FindingLevel.Fail)]
    [InlineData(1.001, "classifier", null, FindingLevel.Fail)]
    [InlineData(1.001, "lora_R", WeightFormat.FourBit, FindingLevel.Fail)]
    [InlineData(double.NaN, "lora_A", WeightFormat.EightBit, FindingLevel.Fail)]
    public void The_self_test_fails_an_engine_that_is_off_by_a_thousandth_in_one_kind_of_tensor_or_one_format(
        double factor, string tensors, WeightFormat? format, FindingLevel level)
    {
        var finding = SelfTest.Run(new SkewedEngine(factor, tensors, format), differenceMax: 1e-4);
        Assert.Equal(level, finding.Level);
        Assert.Equal(level == FindingLevel.Ok, finding.Advice is null);
    }

    [Fact]
    public void Little_free_memory_an_old_driver_and_another_library_are_warned_of()
    {
        var device = DeviceName.Parse("cuda:1");
        Assert.Equal(FindingLevel.Ok, DeviceFindings.Memory(device, new(8L << 30, 7L << 30)).Level);
        Assert.Equal(FindingLevel.Warn, DeviceFindings.Memory(device, new(8L << 30, 1L << 30)).Level);
        Assert.Equal(FindingLevel.Ok, DeviceFindings.Driver(new("570.86.15", "12.8")).Level);
        Assert.Equal(FindingLevel.Ok, DeviceFindings.Driver(new(null, "13.0")).Level);
        Assert.Equal(FindingLevel.Warn, DeviceFindings.Driver(new("525.60", "12.0")).Level);
        Assert.Equal(FindingLevel.Ok, DeviceFindings.Library("0.107.0", "2.10.0", "2.10.0").Level);
        Assert.Equal(FindingLevel.Warn, DeviceFindings.Library("0.107.0", "2.9.0", "2.10.0").Level);
    }

    [Theory]
    [InlineData(false, "--shape", "tiny")]
    [InlineData(true, "--shape", "tiny", "--recompute")]
    [InlineData(true, "--model", "samples/stories260k", "--targets", "q_proj", "o_proj")]
    [InlineData(false, "--model", "samples/base", "--weights", "fourBit")]
    public async Task A_step_is_measured(bool onTorch, params string[] what)
    {
        string[] arguments = [.. what.Select(word => word.StartsWith("samples/", StringComparison.Ordinal)
            ? RepositoryFiles.Path(word.Split('/')) : word)];
        var (code, output) = await Program.RunAsync(
            onTorch ? Program.TorchAgent : Program.Agent,
            ["bench", .. arguments, "--rank", "4", "--batch", "3", "--tokens", "16", "--steps", "2", "--json"]);
        Assert.True(code == 0, output);
        var figures = JsonDocument.Parse(output).RootElement;
        var seconds = figures.GetProperty("step_seconds").GetDouble();
        Assert.InRange(seconds, 1e-6, 60);
        Assert.Equal(48 / seconds, figures.GetProperty("tokens_per_second").GetDouble(), 1e-6 / seconds);
        Assert.InRange(figures.GetProperty("process_peak_bytes").GetInt64(), 10 << 20, 4L << 30);
        Assert.InRange(figures.GetProperty("trained").GetInt32(), 100, 1_000_000);
        Assert.Equal(JsonValueKind.Null, figures.GetProperty("device_peak_bytes").ValueKind);
        Assert.Contains(onTorch ? "libtorch" : "cores)", figures.GetProperty("device").GetString()!);
    }

    [Theory]
    [InlineData("needs either --model or --shape")]
    [InlineData("needs either --model or --shape", "--shape", "tiny", "--model", "x")]
    [InlineData("--rank is 0; expected 1 to 1024", "--shape", "tiny", "--rank", "0")]
    [InlineData("rank", "--shape", "tiny", "--rank", "65")]
    [InlineData("--tokens is 513; the model takes 2 to 512", "--shape", "tiny", "--tokens", "513")]
    [InlineData("shape is 'huge'; expected tiny", "--shape", "huge")]
    [InlineData("LoRA target 'nobody' matches no linear layer", "--shape", "tiny", "--targets", "nobody")]
    [InlineData("config.json", "--model", "nowhere")]
    public async Task What_cannot_be_measured_is_refused(string message, params string[] what)
    {
        var (code, output) = await Program.RunAsync(Program.Agent, ["bench", .. what]);
        Assert.Equal(2, code);
        Assert.Contains(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    /// <summary>The CPU engine, some of whose gradients are too long, or no numbers.</summary>
    private sealed class SkewedEngine(double factor, string tensors, WeightFormat? only) : CpuAgentEngine
    {
        public override ITrainingEngine Create(
            ModelConfig config, IWeightSource weights, int? threads, WeightFormat format) =>
            new Skewed(
                base.Create(config, weights, threads, format), only is null || only == format ? (float)factor : 1,
                tensors);
    }

    private sealed class Skewed(ITrainingEngine inner, float factor, string tensors) : ITrainingEngine
    {
        private TensorLayout layout = new([]);

        public void Load(Adapter adapter, TensorLayout trainables) => inner.Load(adapter, layout = trainables);

        public void Gradients(
            ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, IGradientSink sink) =>
            inner.Gradients(parameters, examples, new Skewing((IGradientSum)sink, Skew));

        public void Evaluate(
            ReadOnlySpan<float> parameters, ReadOnlySpan<TokenizedExample> examples, Span<Prediction> predictions) =>
            inner.Evaluate(parameters, examples, predictions);

        public void Dispose() => inner.Dispose();

        /// <summary>Every second value, as clipping would hide a factor on all of them.</summary>
        private void Skew(Span<float> row)
        {
            for (var t = 0; t < layout.Tensors.Length; t++)
            {
                if (!layout.Tensors[t].Name.Contains(tensors, StringComparison.Ordinal)) continue;
                var values = layout.Slice(row, t);
                for (var i = 0; i < values.Length; i += 2) values[i] *= factor;
            }
        }
    }

    private sealed class Skewing(IGradientSum inner, Action<Span<float>> skew) : IGradientSink
    {
        public int Dimension => inner.Dimension;

        public void AddRows(ReadOnlySpan<float> rows)
        {
            var skewed = rows.ToArray();
            for (var start = 0; start < skewed.Length; start += Dimension) skew(skewed.AsSpan(start, Dimension));
            inner.AddRows(skewed);
        }
    }
}

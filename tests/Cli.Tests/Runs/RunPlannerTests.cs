using System.Text;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Cli.Runs;
using FedLowRank.Cli.Tests.Simulation;
using FedLowRank.Federation.Checkpoints;
using FedLowRank.Federation.Configuration;
using FedLowRank.Federation.Planning;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Models;

namespace FedLowRank.Cli.Tests.Runs;

/// <summary>From a run file to a plan: noise, shards and sizes.</summary>
public sealed class RunPlannerTests
{
    private static readonly BlobHash Base = new(1, 2);
    private static readonly RdpAccountant Accountant = new();

    private static (RunPlan Plan, AdapterShape Start) Plan(params (string Old, string New)[] changes)
    {
        var config = RunConfigFile.Parse(
            Encoding.UTF8.GetBytes(SampleRun.Json(changes)), "run.json", Path.GetTempPath());
        using var model = TinyWorld.OpenModel("");
        var shape = AdapterShape.Of(RunStart.Create(config, model));
        return (RunPlanner.Plan(config, Base, shape, Accountant), shape);
    }

    [Fact]
    public void The_noise_keeps_epsilon_over_all_steps_of_all_rounds_and_a_little_less_would_not()
    {
        var (plan, _) = Plan();
        var terms = plan.Round.Privacy!;
        Assert.Equal((1, 1e-5), (terms.ClipNorm, terms.Delta));
        Assert.InRange(Epsilon(terms.NoiseMultiplier), 3.99, 4);
        Assert.True(Epsilon(terms.NoiseMultiplier * (1 - 2e-6)) > 4);

        double Epsilon(double sigma) => Accountant.Epsilon([new MechanismEvent(0.1, sigma, 5 * 3)], 1e-5);
    }

    [Fact]
    public void The_plan_tells_every_agent_the_format_of_the_base()
    {
        Assert.Equal(WeightFormat.Full, Plan().Plan.Round.BaseFormat);
        var (plan, _) = Plan(("'model': 'model'", "'model': 'model', 'baseFormat': 'nf4'"));
        Assert.Equal(WeightFormat.FourBit, plan.Round.BaseFormat);
    }

    [Fact]
    public void More_rounds_steps_or_a_higher_rate_never_get_less_noise()
    {
        var sigma = Sigma();
        Assert.True(Sigma(("'rounds': 5", "'rounds': 6")) > sigma);
        Assert.True(Sigma(("'localSteps': 3", "'localSteps': 4")) > sigma);
        Assert.True(Sigma(("'samplingRate': 0.1", "'samplingRate': 0.11")) > sigma);
        Assert.Equal(sigma, Sigma(("'cohortSize': 3", "'cohortSize': 300")));

        double Sigma(params (string, string)[] changes) => Plan(changes).Plan.Round.Privacy!.NoiseMultiplier;
    }

    [Fact]
    public void A_target_that_no_noise_keeps_is_a_fault_of_the_file()
    {
        var error = Assert.Throws<ConfigException>(() => Plan(("'epsilon': 4", "'epsilon': 1e-9")));
        Assert.Equal("privacy.epsilon", Assert.Single(error.Errors).Path);
    }

    [Fact]
    public void A_delta_beyond_what_plans_allow_is_a_fault_of_the_file()
    {
        var error = Assert.Throws<ConfigException>(() => Plan(("'delta': 1e-5", "'delta': 5e-3")));
        Assert.Contains("privacy.delta", Assert.Single(error.Errors).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fedsvd")]
    [InlineData("fedsvd-alternating")]
    public void Updates_of_every_round_fit_the_plan_exactly(string method)
    {
        var (plan, start) = Plan(("'name': 'fedsvd'", $"'name': '{method}'"));
        Assert.Empty(plan.Problems());
        Assert.Equal(Base, plan.Round.BaseModel);
        var sizes = Enumerable.Range(1, plan.Rounds).Select(round => UpdateForm.Of(plan.Round, round, start).Bytes);
        Assert.Equal(plan.Round.UpdateBytesMax, sizes.Max());
    }

    [Theory]
    [InlineData("orthonormal", "fedsvd", "none")]
    [InlineData("orthonormal", "fed-sb", "all")]
    [InlineData("kaiming", "fedavg", "output")]
    public void A_start_without_weights_is_the_same_byte_for_byte_where_only_the_sizes_are_known(
        string start, string method, string head)
    {
        var folder = RepositoryFiles.Path("samples", "base");
        var config = RunConfigFile.Parse(
            Encoding.UTF8.GetBytes(SampleRun.Json(
                ("'start': 'orthonormal'", $"'start': '{start}'"), ("'name': 'fedsvd'", $"'name': '{method}'"),
                ("'head': 'output'", $"'head': '{head}'"))),
            "run.json", Path.GetTempPath());
        using var model = LoadedModel.Open(folder);
        var sizes = ModelShape.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        var fresh = new FreshStart(config.StartTerms, sizes);
        var (layers, tensors) = (fresh.Layers(), sizes.HeadFor(2));
        var expected = RunStart.Create(config, model);
        Assert.Equal(FileOf(expected), FileOf(fresh.Create(layers, tensors)));
        Assert.Equal(AdapterShape.Of(expected), fresh.Shape(layers, tensors));

        static byte[] FileOf(Adapter adapter)
        {
            using var file = new MemoryStream();
            AdapterFile.Write(adapter, file);
            return file.ToArray();
        }
    }

    [Theory]
    [InlineData("{}", "model_type")]
    [InlineData("{ \"model_type\": \"clip\" }", "is not supported")]
    [InlineData("rubbish", "config.json")]
    [InlineData("", "config.json")]
    public void A_configuration_of_no_model_is_told(string json, string words)
    {
        var error = Assert.Throws<FormatException>(() => ModelShape.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'tokensMax': 8", "'tokensMax': 17", "data.tokensMax")]
    [InlineData("'rank': 4", "'rank': 99", "lora.rank")]
    [InlineData("['query']", "['strange']", "lora.targets")]
    public void A_file_that_does_not_fit_the_model_names_the_field(string old, string @new, string path)
    {
        var error = Assert.Throws<ConfigException>(() => Plan((old, @new)));
        Assert.Equal(path, Assert.Single(error.Errors).Path);
    }

    [Fact]
    public void Shards_hold_every_layer_and_head_tensor_once_in_order()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 200; trial++)
        {
            var shape = Shape(random, random.Next(1, 40), random.Next(0, 4));
            var wanted = random.Next(1, 50);
            var shards = ShardSplit.Of(shape, wanted);
            Assert.Equal(
                shape.Layers.Select(layer => layer.Module).Concat(shape.Head.Select(tensor => tensor.Name)),
                shards.SelectMany(shard => shard.Layers));
            Assert.Equal(Math.Min(wanted, shape.Layers.Count + shape.Head.Count), shards.Count);
            Assert.DoesNotContain(shards, shard => shard.Layers.Count == 0);
        }
    }

    [Fact]
    public void Shards_of_equal_layers_are_of_equal_size_and_small_adapters_have_one()
    {
        var layers = Enumerable.Range(0, 12)
            .Select(i => new LayerShape($"layer.{i}", 64, 64, 8, 8, HasInner: false)).ToValueList();
        Assert.Equal([3, 3, 3, 3], ShardSplit.Of(new(layers, []), 4).Select(shard => shard.Layers.Count));
        Assert.Equal("layer.0 to layer.11", Assert.Single(ShardSplit.Of(new(layers, []), null)).Name);
        var large = Enumerable.Range(0, 16)
            .Select(i => new LayerShape($"layer.{i}", 65536, 65536, 64, 8, HasInner: false)).ToValueList();
        Assert.Equal(16, ShardSplit.Of(new(large, []), null).Count);
    }

    private static AdapterShape Shape(Random random, int layers, int head) => new(
        Enumerable.Range(0, layers).Select(i => new LayerShape(
            $"layer.{i}", random.Next(8, 5000), random.Next(8, 500), 8, 8, HasInner: false)).ToValueList(),
        Enumerable.Range(0, head).Select(i => new HeadShape($"head.{i}", random.Next(1, 900), 7, true)).ToValueList());
}

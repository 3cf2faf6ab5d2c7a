using System.Collections.Immutable;
using System.Text;
using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Aggregation.Tests.Peft;

/// <summary>Goal: adapters pass to PEFT and back unchanged, and what cannot is refused by name.</summary>
public class PeftTests
{
    /// <summary>A configuration as PEFT 0.13 saves it for sequence classification.</summary>
    private const string SavedByPeft =
        """
        {
          "alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "FacebookAI/roberta-base",
          "bias": "none",
          "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layer_replication": null,
          "layers_pattern": null, "layers_to_transform": null, "loftq_config": {}, "lora_alpha": 8, "lora_dropout": 0.1,
          "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": ["classifier", "score"],
          "peft_type": "LORA", "r": 4, "rank_pattern": {}, "revision": null, "target_modules": ["value", "query"],
          "task_type": "SEQ_CLS", "use_dora": false, "use_rslora": false
        }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_adapter_of_mixed_ranks_and_scales_comes_back_exactly()
    {
        var adapter = SampleAdapter.Create(1, layers: 12, rank: i => 1 + (i % 5), alpha: i => 1.5 * (1 + (i % 3)));

        AssertEqual(adapter, await ThereAndBack(adapter, new PeftExportOptions()));
    }

    [Theory]
    [InlineData(SafetensorsDType.F16)]
    [InlineData(SafetensorsDType.BF16)]
    public async Task A_smaller_type_rounds_to_the_nearest(SafetensorsDType dtype)
    {
        var adapter = SampleAdapter.Create(2);
        var again = await ThereAndBack(adapter, new PeftExportOptions { DType = dtype });

        var relative = dtype == SafetensorsDType.F16 ? Math.Pow(2, -11) : Math.Pow(2, -8);
        foreach (var spec in adapter.Layout.Tensors)
        {
            var (expected, actual) = (adapter.Values(spec.Name).ToArray(), again.Values(spec.Name).ToArray());
            Assert.All(expected.Zip(actual), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= (relative * Math.Abs(pair.First)) + Math.Pow(2, -25)));
        }
    }

    [Fact]
    public async Task The_file_has_the_names_and_shapes_of_PEFT()
    {
        var file = new MemoryStream();
        PeftExport.Write(SampleAdapter.Create(3, layers: 1), new PeftExportOptions(), file);
        file.Position = 0;
        var header = await SafetensorsHeader.ReadAsync(file, cancellationToken: Token);

        const string Self = "base_model.model.roberta.encoder.layer.0.attention.self.";
        Assert.Equal(
            [
                $"{Self}query.lora_A.weight (F32 [4, 12])", $"{Self}query.lora_B.weight (F32 [12, 4])",
                $"{Self}value.lora_A.weight (F32 [4, 12])", $"{Self}value.lora_B.weight (F32 [6, 4])",
                "base_model.model.classifier.dense.weight (F32 [12, 12])",
                "base_model.model.classifier.dense.bias (F32 [12])",
                "base_model.model.classifier.out_proj.weight (F32 [3, 12])",
                "base_model.model.classifier.out_proj.bias (F32 [3])",
            ],
            header.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal("pt", header.Metadata["format"]);
    }

    [Fact]
    public void The_configuration_names_layers_head_rank_and_scale()
    {
        var options = new PeftExportOptions { BaseModel = "roberta-base" };
        var exported = PeftExport.Configure(SampleAdapter.Create(4, rank: i => 4 - i), options);
        var config = PeftConfig.Parse(exported.ToBytes());

        Assert.Equal("roberta-base", config.BaseModel);
        Assert.Equal("SEQ_CLS", config.TaskType);
        Assert.Equal(["classifier"], config.ModulesToSave);
        Assert.Equal(4, config.TargetModules.Length);
        Assert.Equal(4, config.Rank);
        Assert.Equal([4, 3, 2, 1], config.TargetModules.Select(config.RankOf));
        Assert.Equal(8, config.AlphaOf("anything"));
        Assert.Empty(config.AlphaPattern);
    }

    /// <summary>The names and widths of GPT-2's fused projection, whose weight PEFT finds in a Conv1D.</summary>
    [Fact]
    public async Task An_adapter_of_transposed_weights_says_so_and_keeps_the_shapes_of_its_factors()
    {
        var shape = new LoraShape("transformer.h.0.attn.c_attn", 6, 18, 2, 4);
        var adapter = new Adapter([new LoraFactors(shape, new double[12], new double[36])], []);
        var file = new MemoryStream();
        var json = PeftExport.Write(
            adapter, new PeftExportOptions { TaskType = "CAUSAL_LM", FanInFanOut = true }, file);
        var config = PeftConfig.Parse(json);

        Assert.True(config.FanInFanOut);
        Assert.Contains("\"fan_in_fan_out\": true", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal([shape.Module], config.TargetModules);
        Assert.Empty(config.ModulesToSave);
        file.Position = 0;
        var header = await SafetensorsHeader.ReadAsync(file, cancellationToken: Token);
        Assert.Equal(
            [
                "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight (F32 [2, 6])",
                "base_model.model.transformer.h.0.attn.c_attn.lora_B.weight (F32 [18, 2])",
            ],
            header.Tensors.Select(tensor => tensor.ToString()));
        file.Position = 0;
        AssertEqual(adapter, await PeftImport.ReadAsync(config, file, cancellationToken: Token));
    }

    [Fact]
    public async Task A_layer_whose_name_ends_like_another_keeps_its_own_rank()
    {
        LoraFactors Layer(string module, int rank) =>
            new(new LoraShape(module, 4, 4, rank, rank), new double[4 * rank], new double[4 * rank]);
        var adapter = new Adapter([Layer("q", 1), Layer("layer.q", 2), Layer("layer.0.q", 3), Layer("v", 1)], []);

        AssertEqual(adapter, await ThereAndBack(adapter, new PeftExportOptions { TaskType = null }));
    }

    [Fact]
    public async Task Endings_as_target_modules_are_kept_and_must_cover_every_layer()
    {
        var adapter = SampleAdapter.Create(5);
        var options = new PeftExportOptions { TargetModules = ["query", "value"] };

        Assert.Equal(["query", "value"], PeftExport.Configure(adapter, options).TargetModules);
        AssertEqual(adapter, await ThereAndBack(adapter, options));
        AssertRefused(
            PeftError.NotCovered, "self.value",
            () => PeftExport.Configure(adapter, options with { TargetModules = ["query"] }));
        AssertRefused(
            PeftError.NotCovered, "self.query",
            () => PeftExport.Configure(adapter, options with { TargetModules = ["uery", "value"] }));
    }

    [Fact]
    public void The_modules_to_save_hold_no_adapted_layer_and_must_cover_the_head()
    {
        var pooler = new NamedTensor(new TensorSpec("roberta.pooler.dense.weight", 2, 2), new double[4]);
        var layers = SampleAdapter.Create(6).Layers;
        var score = new NamedTensor(new TensorSpec("score.weight", 2, 2), new double[4]);
        var adapter = new Adapter(layers, [pooler, score]);

        Assert.Equal(["roberta.pooler", "score"], PeftExport.Configure(adapter, new PeftExportOptions()).ModulesToSave);
        AssertRefused(
            PeftError.NotCovered, "score.weight",
            () => PeftExport.Configure(adapter, new PeftExportOptions { ModulesToSave = ["pooler"] }));
        AssertRefused(
            PeftError.BadName, "weight",
            () => PeftExport.Configure(
                new Adapter(layers, [new NamedTensor(new TensorSpec("weight", 2, 2), new double[4])]),
                new PeftExportOptions()));
    }

    [Fact]
    public void Names_that_PEFT_would_read_as_a_pattern_are_not_exported()
    {
        var shape = new LoraShape("layer.(0|1).q", 2, 2, 1, 1);
        var adapter = new Adapter([new LoraFactors(shape, new double[2], new double[2])], []);

        AssertRefused(PeftError.BadName, "layer.(0|1).q", () => PeftExport.Configure(adapter, new PeftExportOptions()));
        AssertRefused(
            PeftError.BadShape, "without layers",
            () => PeftExport.Configure(new Adapter([], []), new PeftExportOptions()));
    }

    [Fact]
    public async Task A_configuration_as_PEFT_saves_it_imports()
    {
        var adapter = SampleAdapter.Create(7);
        var file = new MemoryStream();
        PeftExport.Write(adapter, new PeftExportOptions(), file);
        file.Position = 0;

        AssertEqual(adapter, await PeftImport.ReadAsync(Parse(SavedByPeft), file, cancellationToken: Token));
    }

    [Fact]
    public async Task The_rank_stabilised_scale_imports_as_the_same_scale()
    {
        var file = new MemoryStream();
        PeftExport.Write(SampleAdapter.Create(8), new PeftExportOptions(), file);
        file.Position = 0;
        var config = Parse(
            SavedByPeft.Replace("\"use_rslora\": false", "\"use_rslora\": true", StringComparison.Ordinal));

        var adapter = await PeftImport.ReadAsync(config, file, cancellationToken: Token);

        // 8 / sqrt(4).
        Assert.All(adapter.Layers, layer => Assert.Equal(4.0, layer.Shape.Scale));
    }

    [Theory]
    [InlineData("\"use_dora\": false", "\"use_dora\": true", PeftError.UnsupportedOption, "use_dora")]
    [InlineData("\"bias\": \"none\"", "\"bias\": \"all\"", PeftError.UnsupportedOption, "bias")]
    [InlineData("\"fan_in_fan_out\": false", "\"fan_in_fan_out\": 1", PeftError.BadConfig, "fan_in_fan_out is 1")]
    [InlineData(
        "\"init_lora_weights\": true", "\"init_lora_weights\": \"pissa\"",
        PeftError.UnsupportedOption, "init_lora_weights")]
    [InlineData(
        "\"megatron_config\": null", "\"megatron_config\": {\"a\": 1}",
        PeftError.UnsupportedOption, "megatron_config")]
    [InlineData(
        "\"layer_replication\": null", "\"layer_replication\": [[0, 4]]",
        PeftError.UnsupportedOption, "layer_replication")]
    [InlineData("\"loftq_config\": {}", "\"loftq_config\": {\"bits\": 4}", PeftError.UnsupportedOption, "loftq_config")]
    [InlineData("\"revision\": null", "\"some_new_option\": 3", PeftError.UnsupportedOption, "some_new_option")]
    [InlineData("\"LORA\"", "\"ADALORA\"", PeftError.UnsupportedOption, "peft_type")]
    [InlineData("\"peft_type\": \"LORA\",", "", PeftError.UnsupportedOption, "peft_type")]
    [InlineData("\"rank_pattern\": {}", "\"rank_pattern\": {\".*query\": 4}", PeftError.UnsupportedOption, ".*query")]
    [InlineData("\"r\": 4", "\"r\": 0", PeftError.BadConfig, "r is 0")]
    [InlineData("\"r\": 4", "\"r\": 4.5", PeftError.BadConfig, "r is 4.5")]
    [InlineData("\"lora_alpha\": 8", "\"lora_alpha\": -8", PeftError.BadConfig, "lora_alpha is -8")]
    [InlineData("\"lora_alpha\": 8", "\"lora_alpha\": 1e999", PeftError.BadConfig, "lora_alpha is 1e999")]
    [InlineData(
        "\"alpha_pattern\": {}", "\"alpha_pattern\": {\"query\": \"a\"}",
        PeftError.BadConfig, "alpha_pattern.query")]
    [InlineData("\"r\": 4", "\"r\": 4, \"r\": 8", PeftError.BadConfig, "r")]
    [InlineData("[\"classifier\", \"score\"]", "\"classifier\"", PeftError.BadConfig, "modules_to_save")]
    [InlineData("[\"value\", \"query\"]", "[1]", PeftError.BadConfig, "target_modules")]
    [InlineData("\"use_rslora\": false", "\"use_rslora\": 1", PeftError.BadConfig, "use_rslora")]
    [InlineData("\"SEQ_CLS\"", "7", PeftError.BadConfig, "task_type")]
    public void A_configuration_that_is_wrong_or_asks_for_more_is_refused_by_field(
        string old, string replacement, PeftError expected, string named)
    {
        Assert.Contains(old, SavedByPeft, StringComparison.Ordinal);

        AssertRefused(expected, named, () => Parse(SavedByPeft.Replace(old, replacement, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("model.l.q.lora_A.weight:4,8", PeftError.UnknownTensor, "model.l.q")]
    [InlineData("base_model.model.l.q.lora_A.weight:4,8", PeftError.IncompletePair, "layer l.q")]
    [InlineData(
        "base_model.model.l.q.lora_A.weight:4,8;base_model.model.l.q.lora_B.weight:8,3",
        PeftError.BadShape, "rank 4 in A, 3 in B")]
    [InlineData(
        "base_model.model.l.q.lora_A.weight:3,8;base_model.model.l.q.lora_B.weight:8,3",
        PeftError.BadShape, "3 in B, 4 in the configuration")]
    [InlineData(
        "base_model.model.l.q.lora_A.weight:4,2;base_model.model.l.q.lora_B.weight:8,4",
        PeftError.BadShape, "width")]
    [InlineData(
        "base_model.model.l.q.lora_A.weight:4,8,1,1;base_model.model.l.q.lora_B.weight:8,4",
        PeftError.BadShape, "4 dimensions")]
    [InlineData(
        "base_model.model.l.q.lora_A.weight:4,0;base_model.model.l.q.lora_B.weight:8,4",
        PeftError.BadShape, "a side of 0")]
    [InlineData("base_model.model..lora_A.weight:4,8;base_model.model..lora_B.weight:8,4",
        PeftError.UnknownTensor, "belongs to no module")]
    [InlineData("base_model.model.l.q.lora_magnitude_vector:4", PeftError.UnknownTensor, "lora_magnitude_vector")]
    [InlineData(
        "base_model.model.l.k.lora_A.weight:4,8;base_model.model.l.k.lora_B.weight:8,4",
        PeftError.NotCovered, "l.k")]
    [InlineData("base_model.model.pooler.weight:4,8", PeftError.NotCovered, "pooler.weight")]
    [InlineData("base_model.model.classifier.weight:4,1", PeftError.BadShape, "one column")]
    public async Task Tensors_that_do_not_make_the_configured_adapter_are_refused_by_name(
        string tensors, PeftError expected, string named)
    {
        const string Config = """{"peft_type":"LORA","r":4,"target_modules":["q"],"modules_to_save":["classifier"]}""";
        var header = SafetensorsHeader.Create(tensors.Split(';').Select(t => t.Split(':')).Select(t => (
            t[0], SafetensorsDType.F32, t[1].Split(',').Select(long.Parse).ToImmutableArray())));
        var file = new MemoryStream();
        await file.WriteAsync(header.ToBytes(), Token);
        file.SetLength(header.FileBytes);
        file.Position = 0;

        var error = await Assert.ThrowsAsync<PeftException>(
            () => PeftImport.ReadAsync(Parse(Config), file, cancellationToken: Token));

        Assert.True(error.Error == expected, error.Message);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_not_exported()
    {
        var shape = new LoraShape("q", 2, 2, 1, 1);
        var adapter = new Adapter([new LoraFactors(shape, [0, double.NaN], [1, 2])], []);

        var error = Assert.Throws<SafetensorsException>(
            () => PeftExport.Write(adapter, new PeftExportOptions(), new MemoryStream()));

        Assert.Equal(SafetensorsError.NonFinite, error.Error);
        Assert.Contains("q.lora_A.weight", error.Message, StringComparison.Ordinal);
    }

    private static PeftConfig Parse(string json) => PeftConfig.Parse(Encoding.UTF8.GetBytes(json));

    private static async Task<Adapter> ThereAndBack(Adapter adapter, PeftExportOptions options)
    {
        var file = new MemoryStream();
        var config = PeftExport.Write(adapter, options, file);
        file.Position = 0;
        return await PeftImport.ReadAsync(PeftConfig.Parse(config), file, cancellationToken: Token);
    }

    private static void AssertEqual(Adapter expected, Adapter actual)
    {
        Assert.Equal(expected.Layout.Tensors, actual.Layout.Tensors);
        Assert.Equal(expected.Layers.Select(layer => layer.Shape), actual.Layers.Select(layer => layer.Shape));
        foreach (var spec in expected.Layout.Tensors)
        {
            Assert.Equal(expected.Values(spec.Name).ToArray(), actual.Values(spec.Name).ToArray());
        }
    }

    private static void AssertRefused(PeftError expected, string named, Action action)
    {
        var error = Assert.Throws<PeftException>(action);
        Assert.True(error.Error == expected, error.Message);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }
}

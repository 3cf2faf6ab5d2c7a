using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FedLowRank.Aggregation.Rounds.Json;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.States;

namespace FedLowRank.Aggregation.Tests.Rounds;

/// <summary>
/// Goal: a stored state is read whole or not at all. Method: a state with all there is in it, with members added, taken
/// out and changed. That every state and event survives the round trip is shown with all the others.
/// </summary>
public class RunJsonTests
{
    private static readonly RunState State = LongRun();

    [Fact]
    public void An_unknown_member_anywhere_is_refused()
    {
        var json = Encoding.UTF8.GetString(RunJson.Write(State));
        var openings = Enumerable.Range(1, json.Length - 1).Where(i => json[i] == '{').ToList();
        Assert.True(openings.Count > 50);
        foreach (var opening in openings)
        {
            var close = CloseOf(json, opening);
            var separator = close == opening + 1 ? "" : ",";
            Assert.Throws<JsonException>(() => Read(json.Insert(close, separator + "\"extra\":1")));
        }
    }

    [Fact]
    public void A_missing_member_is_refused()
    {
        foreach (var path in (string[])["id", "plan", "seed", "clock", "status", "history", "agents"])
        {
            var json = JsonNode.Parse(RunJson.Write(State))!;
            Assert.True(json["value"]!.AsObject().Remove(path));
            var error = Assert.Throws<JsonException>(() => Read(json.ToJsonString()));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"schema\":1", "\"schema\":2", "schema is 2; this build reads 1")]
    [InlineData("\"schema\":1", "\"version\":1", "the first member must be the number 'schema'")]
    [InlineData("\"schema\":1", "\"schema\":\"1\"", "the first member must be the number 'schema'")]
    [InlineData("\"id\":\"run\"", "\"id\":\"a run\"", "run 'a run': use 1 to 64 letters")]
    [InlineData("\"id\":\"run\"", "\"id\":null", "$.value.id")]
    [InlineData("\"lastResort\":\"pause\"", "\"lastResort\":0", "lastResort")]
    [InlineData("\"lastResort\":\"pause\"", "\"lastResort\":\"hope\"", "lastResort")]
    [InlineData("\"checkpoint\":\"00", "\"checkpoint\":\"0", "use 64 lower-case hexadecimal digits")]
    [InlineData("\"checkpoint\":\"00", "\"checkpoint\":\"0G", "use 64 lower-case hexadecimal digits")]
    [InlineData("\"type\":\"automatic\"", "\"type\":\"hourly\"", "$.value.plan.schedule")]
    [InlineData("\"type\":\"automatic\",", "", "$.value.plan.schedule: the first member must be 'type'")]
    [InlineData("\"history\":[", "\"history\":[null,", "$.value.history")]
    public void What_is_wrong_is_said(string old, string wrong, string message)
    {
        var json = Encoding.UTF8.GetString(RunJson.Write(State));
        Assert.Contains(old, json, StringComparison.Ordinal);
        var at = json.IndexOf(old, StringComparison.Ordinal);
        var error = Assert.Throws<JsonException>(() => Read(json.Remove(at, old.Length).Insert(at, wrong)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"schema\":1")]
    [InlineData("{\"schema\":1}")]
    [InlineData("{\"schema\":1,\"value\":null}")]
    public void What_is_no_state_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    [Fact]
    public void An_event_is_short()
    {
        var json = RunJson.Write(new RunEvent.Ticked(Samples.Midnight));
        Assert.Equal(
            """{"schema":1,"value":{"type":"ticked","now":"2026-01-01T00:00:00+00:00"}}""",
            Encoding.UTF8.GetString(json));
    }

    [Fact]
    public void An_update_without_sections_is_written_as_ever_and_one_with_them_is_read_back()
    {
        var bare = Samples.Update(Samples.Midnight, "anna", new(1, 1), 1);
        var json = Encoding.UTF8.GetString(RunJson.Write(bare));
        Assert.EndsWith("""{"verdict":"clean","norm":null}}}""", json, StringComparison.Ordinal);
        Assert.Equal(bare, RunJson.ReadEvent(Encoding.UTF8.GetBytes(json)));

        var whole = bare with { Sections = Samples.Hash(5) };
        json = Encoding.UTF8.GetString(RunJson.Write(whole));
        Assert.EndsWith($",\"sections\":\"{Samples.Hash(5)}\"}}}}", json, StringComparison.Ordinal);
        Assert.Equal(whole, RunJson.ReadEvent(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void A_run_without_direct_uploads_is_written_as_ever_and_one_with_them_reads_back()
    {
        var state = LongRun();
        Assert.DoesNotContain(
            "directUploads", Encoding.UTF8.GetString(RunJson.Write(state)), StringComparison.Ordinal);
        var direct = state with { Plan = state.Plan with { Policy = state.Plan.Policy with { DirectUploads = true } } };
        var json = RunJson.Write(direct);
        Assert.Contains("\"directUploads\":true", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(direct, RunJson.ReadState(json));
    }

    [Fact]
    public void A_run_on_full_weights_is_written_as_ever_and_one_on_quantised_reads_back()
    {
        var state = LongRun();
        Assert.DoesNotContain("baseFormat", Encoding.UTF8.GetString(RunJson.Write(state)), StringComparison.Ordinal);
        foreach (var (format, name) in new[] { (WeightFormat.EightBit, "int8"), (WeightFormat.FourBit, "nf4") })
        {
            var round = state.Plan.Round with { BaseFormat = format };
            var quantized = state with { Plan = state.Plan with { Round = round } };
            var json = Encoding.UTF8.GetString(RunJson.Write(quantized));
            Assert.Contains($"\"baseFormat\":\"{name}\"", json, StringComparison.Ordinal);
            Assert.Equal(quantized, Read(json));
            foreach (var stranger in new[] { "\"fourBit\"", "\"int4\"", "1", "null" })
            {
                Assert.Throws<JsonException>(
                    () => Read(json.Replace($"\"{name}\"", stranger, StringComparison.Ordinal)));
            }
        }
    }

    private static RunState Read(string json) => RunJson.ReadState(Encoding.UTF8.GetBytes(json));

    private static int CloseOf(string json, int opening)
    {
        var depth = 0;
        for (var i = opening; ; i++)
        {
            if (json[i] == '{') depth++;
            if (json[i] == '}' && --depth == 0) return i;
        }
    }

    private static RunState LongRun()
    {
        var script = new Script();
        string[] lines =
        [
            "start", "present anna ben", "evaluator eva", "join anna ben", "deliver anna #1", "deliver zoe #5",
            "deliver ben #2", "work", "evaluate eva 0.5", "join anna ben", "deliver anna #3", "deliver ben #4",
            "fork 1 child", "done 0 #7", "pause hold",
        ];
        foreach (var line in lines) script.Run(line);
        return script.State;
    }
}

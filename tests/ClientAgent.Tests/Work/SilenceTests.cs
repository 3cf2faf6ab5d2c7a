using System.Text;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.Work;

/// <summary>
/// Goal: a private round tells nothing of the data but the update. Method: all that is sent over a round is recorded,
/// with data that differ in everything, and compared.
/// </summary>
public class SilenceTests
{
    private static readonly RoundId First = new(1, 1);

    [Fact]
    public async Task All_that_is_sent_over_a_private_round_is_the_same_for_other_data_but_the_updates_bytes()
    {
        var few = await RecordAsync([.. AgentWorld.Rows(2, seed: 7)]);
        var many = await RecordAsync([.. AgentWorld.Rows(300, seed: 8)]);
        Assert.Equal(few, many);
    }

    [Fact]
    public async Task An_evaluator_measures_public_texts()
    {
        await using var world = await AgentWorld.StartAsync();
        world.Server.Role = AgentRole.Evaluator;
        world.WritePolicy((
            "\"nominalExamples\"",
            "\"evaluation\": { \"path\": \"../texts.tsv\", \"splitColumn\": \"split\", \"split\": \"train\" }, "
            + "\"nominalExamples\""));
        var checkpoint = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Evaluation, First, checkpoint);
            var told = await world.Server.WaitForAsync(r => r.Is("POST", "/evaluation"));
            Assert.Equal(
                ["accuracy", "macro-f1", "loss"], told.Message.Metrics!.Select(metric => metric.Name));
        });
    }

    [Fact]
    public async Task An_agent_without_public_texts_declines_to_evaluate()
    {
        await using var world = await AgentWorld.StartAsync();
        var checkpoint = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Evaluation, First, checkpoint);
            var declined = await world.Server.WaitForAsync(r => r.Is("POST", "/evaluation/decline"));
            Assert.Equal(new RoundMessage(DeclineReason.Policy), declined.Message);
        });
    }

    // Progress is told beside the training, so that a tenth may be left out: what is told must be one of the tenths.
    private static async Task<IReadOnlyList<string>> RecordAsync(IReadOnlyList<string> rows)
    {
        await using var world = await AgentWorld.StartAsync();
        world.WriteData(rows);
        var start = world.PutCheckpoint();
        await world.WhileRunningAsync(async () =>
        {
            world.Server.Order(AgentWorld.Run, OrderKind.Invitation, First, start);
            await world.Server.WaitForAsync(r => r.Is("POST", "/join"));
            world.Server.Order(AgentWorld.Run, OrderKind.Training, First, start);
            await RoundTests.SettledAsync(world);
        });

        Assert.All(
            world.Server.Requests.Where(r => r.Is("POST", "/progress")),
            r => Assert.Contains(r.Message, Enumerable.Range(1, 10).Select(done => new RoundMessage(StepsDone: done))));
        var update = Assert.Single(world.Server.Receipts).Key.ToString();
        return
        [
            .. world.Server.Requests
                .Where(r => r.Path.StartsWith("/v1/agent/", StringComparison.Ordinal) && !r.Is("POST", "/progress"))
                .Where(r => !r.Is("GET", "/orders") && r.Path != Routes.Agent.Facts)
                .Select(r => $"{r.Method} {Hidden(r.Path)} {Shown(r)}"),
            .. world.Server.Requests.Where(r => r.Path == Routes.Agent.Facts).Select(r => r.Text)
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];

        string Shown(Recorded r) => r.Method == "PATCH" ? $"{r.Body.Length} bytes" : Hidden(r.Text);

        string Hidden(string text) => new StringBuilder(text)
            .Replace(update, "UPDATE").Replace(start.ToString(), "START").ToString();
    }
}

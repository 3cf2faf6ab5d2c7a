using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Tests.World;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;
using FedLowRank.Training.Local;

namespace FedLowRank.ClientAgent.Tests.Storage;

/// <summary>Goal: an update is in the outbox whole or not at all. Method: a kill at every step, and damage.</summary>
public class OutboxTests
{
    private static readonly RoundRef Round = new(new RunId("demo"), new RoundId(1, 1));

    [Fact]
    public async Task A_kill_at_any_step_leaves_a_whole_update_or_none()
    {
        await using var world = await AgentWorld.StartAsync(enrol: false);
        var form = world.Form();
        var update = SendableUpdate.From(
            new PrivateTrajectory(
                new float[form.Grid.Layout.Count], PrivateSchedule.OneRound(new(0.25), 40, 10)).Finish(),
            form.Grid);
        var isStored = false;
        for (var killAt = 1; !isStored; killAt++)
        {
            var steps = 0;
            var dying = new Outbox(world.Folder.Outbox, new DurableFile(_ =>
            {
                if (++steps == killAt) throw new KilledException();
            }));
            try
            {
                dying.Store(Round, update, form, 1);
                isStored = true;
                Assert.True(killAt > 6, "there are more steps than this to die at");
            }
            catch (KilledException)
            {
                // Dead.
            }

            var found = new Outbox(world.Folder.Outbox, new DurableFile()).Find(Round);
            Assert.True(found is not null || !isStored);
            if (found is not null) Assert.Equal(form.Bytes, found.Bytes);
            if (!isStored && Directory.Exists(world.Folder.Outbox))
                Directory.Delete(world.Folder.Outbox, recursive: true);
        }

        var path = Directory.EnumerateFiles(world.Folder.Outbox, "*.safetensors").Single();
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        Assert.Null(new Outbox(world.Folder.Outbox, new DurableFile()).Find(Round));
    }

    private sealed class KilledException : Exception;
}

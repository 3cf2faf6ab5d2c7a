using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Work;

namespace FedLowRank.ClientAgent.Tests.Work;

public class MachineSlotsTests
{
    [Fact]
    public async Task No_more_than_the_count_have_a_slot_and_one_that_waits_gets_the_next()
    {
        var folder = Directory.CreateTempSubdirectory("fed-slots-").FullName;
        var slots = new SlotPolicy(Path.Combine(folder, "slots"), Count: 2);
        var cancellation = TestContext.Current.CancellationToken;
        using var first = await MachineSlots.EnterAsync(slots, TimeProvider.System, cancellation);
        using var second = await MachineSlots.EnterAsync(slots, TimeProvider.System, cancellation);
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => MachineSlots.EnterAsync(slots, TimeProvider.System, impatience.Token));

        var third = MachineSlots.EnterAsync(slots, TimeProvider.System, cancellation);
        Assert.False(third.IsCompleted);
        first.Dispose();
        using var entered = await third.WaitAsync(TimeSpan.FromMinutes(1), cancellation);
        Directory.Delete(folder, recursive: true);
    }
}

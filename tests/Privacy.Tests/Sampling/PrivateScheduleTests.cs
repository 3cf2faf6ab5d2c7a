using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Privacy.Sampling;

namespace FedLowRank.Privacy.Tests.Sampling;

public class PrivateScheduleTests
{
    [Fact]
    public void Rate_batch_and_steps_follow_from_the_declared_number_of_records()
    {
        var schedule = new PrivateSchedule(nominalRecords: 1000, batch: 50, rounds: 12, localSteps: 4);

        Assert.Equal(0.05, schedule.Rate.Value);
        Assert.Equal(50, schedule.ExpectedBatch);
        Assert.Equal((4, 48L), (schedule.LocalSteps, schedule.Steps));
        Assert.Equal(new MechanismEvent(0.05, 0.7, 48), schedule.Event(new NoiseMultiplier(0.7)));
    }

    [Fact]
    public void A_batch_above_the_declared_number_takes_every_record()
    {
        var schedule = new PrivateSchedule(nominalRecords: 30, batch: 50, rounds: 1, localSteps: 1);

        Assert.Equal((1, 30), (schedule.Rate.Value, schedule.ExpectedBatch));
    }

    [Fact]
    public void Very_long_schedules_do_not_overflow() =>
        Assert.Equal((long)int.MaxValue * int.MaxValue, new PrivateSchedule(1, 1, int.MaxValue, int.MaxValue).Steps);

    [Theory]
    [InlineData(0, 1, 1, 1)]
    [InlineData(10, 0, 1, 1)]
    [InlineData(10, 1, -1, 1)]
    [InlineData(10, 1, 1, -1)]
    public void Values_below_their_limits_are_refused(long nominal, int batch, int rounds, int localSteps) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrivateSchedule(nominal, batch, rounds, localSteps));
}

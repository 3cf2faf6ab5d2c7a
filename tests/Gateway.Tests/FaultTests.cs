using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Gateway.Errors;

namespace FedLowRank.Gateway.Tests;

/// <summary>Goal: a fault of the server's storage is told as what it is. Method: the one table of refusals.</summary>
public class FaultTests
{
    [Theory]
    [InlineData(JournalError.Unavailable, 503, "storage-unavailable")]
    [InlineData(JournalError.DiskFull, 507, "disk-full")]
    public void A_journal_that_may_work_again_says_when_to_ask_again(JournalError error, int status, string code)
    {
        var refused = Refusals.Of(new JournalException(error, "as told"));
        Assert.NotNull(refused);
        Assert.Equal((status, code), (refused.Status, refused.Code));
        Assert.NotNull(refused.RetryAfter);
    }

    [Fact]
    public void A_journal_that_is_damaged_is_a_fault_of_ours() =>
        Assert.Null(Refusals.Of(new JournalException(JournalError.Damaged, "as told")));
}

using FedLowRank.Federation.Identity.Certificates;
using FedLowRank.Gateway.Console.Sessions;
using FedLowRank.Gateway.Tests.Rig;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Goal: a session is whose cookie it is, whoever else asks just then. Method: many at once.</summary>
public sealed class SessionSealTests
{
    [Fact]
    public void Sessions_are_sealed_and_opened_side_by_side()
    {
        using var authority = CertificateAuthority.Create(DateTimeOffset.UtcNow, new SystemBytes());
        var seal = new SessionSeal(authority, TimeProvider.System);
        var wrong = 0;
        Parallel.For(0, 40_000, new() { MaxDegreeOfParallelism = 8 }, i =>
        {
            var session = seal.Begin($"token of person {i}");
            if (seal.Open(seal.Seal(session)) != session) Interlocked.Increment(ref wrong);
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void A_cookie_that_was_changed_anywhere_is_none()
    {
        using var authority = CertificateAuthority.Create(DateTimeOffset.UtcNow, new SystemBytes());
        var seal = new SessionSeal(authority, TimeProvider.System);
        var text = seal.Seal(seal.Begin("token"));
        for (var i = 0; i < text.Length - 1; i++)
            Assert.Null(seal.Open($"{text[..i]}{(text[i] == 'A' ? 'B' : 'A')}{text[(i + 1)..]}"));
    }
}

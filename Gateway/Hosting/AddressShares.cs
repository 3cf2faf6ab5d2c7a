using System.Net;
using FedLowRank.Gateway.Access;

namespace FedLowRank.Gateway.Hosting;

/// <summary>
/// How many connections each address holds of which it has proven nothing, so that one stranger cannot take all that
/// there are.
/// </summary>
internal sealed class AddressShares(int max)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);

    /// <summary>A share of the address; null where it has its most. To be disposed of, once or more often.</summary>
    public IDisposable? TryTake(EndPoint? remote)
    {
        var address = Rates.Network((remote as IPEndPoint)?.Address);
        lock (gate)
        {
            var count = counts.GetValueOrDefault(address);
            if (count >= max) return null;
            counts[address] = count + 1;
        }

        return new Share(this, address);
    }

    private void GiveBack(string address)
    {
        lock (gate)
        {
            if (--counts[address] == 0) counts.Remove(address);
        }
    }

    private sealed class Share(AddressShares shares, string address) : IDisposable
    {
        private int isBack;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isBack, 1) == 0) shares.GiveBack(address);
        }
    }
}

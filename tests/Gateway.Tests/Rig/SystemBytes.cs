using System.Security.Cryptography;
using FedLowRank.Privacy;

namespace FedLowRank.Gateway.Tests.Rig;

internal sealed class SystemBytes : IRandomSource
{
    public void Fill(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);
}

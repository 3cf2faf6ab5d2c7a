using System.Text;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>A request that the agent made.</summary>
internal sealed record Recorded(string Method, string Path, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool Is(string method, string ending) =>
        Method == method && Path.EndsWith(ending, StringComparison.Ordinal);
}

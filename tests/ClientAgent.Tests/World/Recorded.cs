using System.Text;
using System.Text.Json;
using FedLowRank.Federation.Wire;

namespace FedLowRank.ClientAgent.Tests.World;

/// <summary>A request that the agent made.</summary>
internal sealed record Recorded(string Method, string Path, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>What the agent says of its part in a round.</summary>
    public RoundMessage Message => JsonSerializer.Deserialize(Body, WireJson.Default.RoundMessage)!;

    public bool Is(string method, string ending) =>
        Method == method && Path.EndsWith(ending, StringComparison.Ordinal);
}

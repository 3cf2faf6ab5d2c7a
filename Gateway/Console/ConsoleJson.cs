using System.Text.Json.Serialization;

namespace FedLowRank.Gateway.Console;

/// <summary>What the console's script reads.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class ConsoleJson : JsonSerializerContext;

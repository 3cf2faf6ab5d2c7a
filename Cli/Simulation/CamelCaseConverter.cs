using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedLowRank.Cli.Simulation;

/// <summary>Writes a member of an enumeration by its name, spelt as in configurations.</summary>
internal sealed class CamelCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;

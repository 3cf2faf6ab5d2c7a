using System.Text.Json;
using System.Text.Json.Serialization;

namespace FedLowRank.Aggregation.Rounds.Json;

/// <summary>An enumeration by name; numbers are refused, as they could stand for nothing.</summary>
public sealed class EnumNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

using System.Text.Json;
using System.Text.Json.Serialization;
using FedLowRank.Cli.Simulation.Configuration;

namespace FedLowRank.Cli.Reports;

/// <summary>Writes a configuration as configuration files have it.</summary>
internal sealed class ConfigurationConverter : JsonConverter<SimulationConfig>
{
    /// <inheritdoc/>
    public override SimulationConfig Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Results are written, not read; SimulationConfigFile reads configurations.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, SimulationConfig value, JsonSerializerOptions options) =>
        SimulationConfigWriter.Write(value).WriteTo(writer, options);
}

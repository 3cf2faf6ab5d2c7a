namespace FedLowRank.Silo.Schema;

/// <summary>The version of one schema's tables.</summary>
/// <param name="Schema">Name of the schema.</param>
/// <param name="Before">As found; 0 for none.</param>
/// <param name="Version">As left.</param>
internal sealed record SchemaState(string Schema, int Before, int Version);

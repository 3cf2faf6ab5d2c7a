namespace FedLowRank.Aggregation.Methods;

/// <summary>Values (not bytes) that one agent receives and sends for one layer and round.</summary>
public readonly record struct LayerTraffic(long DownValues, long UpValues);

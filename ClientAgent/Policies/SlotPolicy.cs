namespace FedLowRank.ClientAgent.Policies;

/// <summary>How many of the agents that share a folder, and with it a machine or a device, may train at once.</summary>
/// <param name="Folder">Absolute; made where it is missing.</param>
/// <param name="Count">At least 1.</param>
internal sealed record SlotPolicy(string Folder, int Count);

namespace FedLowRank.Privacy.Mechanism;

/// <summary>Of a block of rows. All of it derives from private data and must not leave the agent.</summary>
/// <param name="Examples">Rows in the block, also those that added nothing.</param>
/// <param name="Clipped">Rows scaled down.</param>
/// <param name="NonFinite">Rows dropped for a NaN or an infinity.</param>
public readonly record struct RowCounts(int Examples, int Clipped, int NonFinite);

namespace FedLowRank.Privacy;

/// <summary>
/// Uniform random bytes. Outside tests the only implementation is the operating system's cryptographic generator:
/// noise and sampling that can be predicted or replayed protect nobody.
/// </summary>
public interface IRandomSource
{
    /// <summary>Overwrites the whole buffer.</summary>
    void Fill(Span<byte> buffer);
}

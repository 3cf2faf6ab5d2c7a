namespace FedLowRank.Grains.Work;

/// <summary>As many places as pieces of work may be done at once on this silo.</summary>
internal sealed class WorkPlaces(GrainParts parts) : IDisposable
{
    private readonly SemaphoreSlim places = new(parts.WorkersMax);

    /// <summary>Waits for a place; dispose of the result to leave it.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        return new Place(places);
    }

    /// <inheritdoc/>
    public void Dispose() => places.Dispose();

    private sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}

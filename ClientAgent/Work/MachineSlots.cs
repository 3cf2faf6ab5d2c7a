using System.Globalization;
using FedLowRank.ClientAgent.Policies;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Lets no more agents of one machine train at once than its owner says: who trains holds the lock of one of the
/// folder's files. The operating system gives a lock back when its holder dies.
/// </summary>
internal static class MachineSlots
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits for a slot.</summary>
    /// <returns>The slot, to be disposed of after training.</returns>
    public static async Task<IDisposable> EnterAsync(
        SlotPolicy slots, TimeProvider time, CancellationToken cancellation)
    {
        Directory.CreateDirectory(slots.Folder);
        while (true)
        {
            for (var slot = 1; slot <= slots.Count; slot++)
            {
                var path = Path.Combine(slots.Folder, string.Create(CultureInfo.InvariantCulture, $"slot-{slot}"));
                if (TryLock(path) is { } held) return held;
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}

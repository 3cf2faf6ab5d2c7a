using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Blobs.Files;

namespace FedLowRank.Federation.Tests.Storage.Blobs;

/// <summary>
/// The store on files, stopped between every two of its operations as a kill would, and on disks that are full or
/// fail.
/// </summary>
public sealed class FileBlobStoreTests : BlobSuite, IDisposable
{
    private const int NoSpace = 28;
    private const int StepsOfOpening = 5;

    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kill_between_two_operations_leaves_the_old_state_or_the_new_one(bool isThereAlready)
    {
        var (isDone, killedAfter) = (false, 0);
        for (; !isDone; killedAfter++)
        {
            var place = Path.Combine(folder, $"{killedAfter}");
            if (isThereAlready) await Open(place).PutAsync(new MemoryStream(Content), Token);
            var kill = new Kill(killedAfter);
            try
            {
                var store = Open(place, kill.Before);
                await UploadedAsync(store);
                await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
                isDone = true;
            }
            catch (Kill.Happened)
            {
            }

            // The blob is whole or not there at all, and the upload goes on from where it is.
            var after = Open(place);
            var listed = await ListedAsync(after);
            foreach (var blob in listed)
                Assert.Equal(Content, await ReadAsync(await after.OpenVerifiedAsync(blob.Hash, Token)));
            Assert.True(listed.Count == 1 || (!isDone && !isThereAlready && listed.Count == 0));

            var status = await after.BeginUploadAsync(Upload, Content.Length, Token);
            await after.WriteAsync(
                Upload, status.DurableBytes, new MemoryStream(Content[(int)status.DurableBytes..]), Token);
            var completed = await after.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
            Assert.Equal([completed], await ListedAsync(after));
            Assert.Empty(Directory.GetDirectories(Path.Combine(place, "uploads")));
        }

        Assert.True(killedAfter > 12, $"only {killedAfter} operations");
    }

    [Fact]
    public async Task A_kill_in_dropping_or_deleting_leaves_nothing_broken()
    {
        for (var killedAfter = 0; killedAfter < 3; killedAfter++)
        {
            var place = Path.Combine(folder, $"{killedAfter}");
            var blob = await Open(place).PutAsync(new MemoryStream(Content), Token);
            await UploadedAsync(Open(place));
            var kill = new Kill(killedAfter + StepsOfOpening);
            var store = Open(place, kill.Before);
            await IgnoreKillAsync(() => store.AbortUploadAsync(Upload, Token));
            await IgnoreKillAsync(() => store.DeleteAsync(blob.Hash, DateTimeOffset.MaxValue, Token));

            var after = Open(place);
            Assert.Equal(
                killedAfter == 0 ? Content.Length : null, (await after.FindUploadAsync(Upload, Token))?.DurableBytes);
            await after.ExpireUploadsAsync(DateTimeOffset.UtcNow.AddHours(1), Token);
            Assert.Empty(Directory.GetDirectories(Path.Combine(place, "uploads")));
            Assert.Single(await ListedAsync(after));
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_and_the_upload_goes_on_when_there_is_space()
    {
        var left = 2;
        var store = Open(folder, step =>
        {
            if (step == DiskStep.Write && left-- <= 0) throw new IOException("No space left on device", NoSpace);
        });
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        await FailsAsync(
            BlobError.DiskFull, () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token));
        left = int.MaxValue;
        var durable = (await store.FindUploadAsync(Upload, Token))!.DurableBytes;
        Assert.Equal(2 * 65_536, durable);
        await store.WriteAsync(Upload, durable, new MemoryStream(Content[(int)durable..]), Token);
        await store.CompleteUploadAsync(Upload, HashOf(Content), cancellationToken: Token);
    }

    [Fact]
    public async Task A_real_file_system_that_is_full_is_told_and_what_was_there_stays()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess &&
                Run("mount", "-t", "tmpfs", "-o", "size=1m", "none", folder),
            "a file system of 1 MiB can be mounted by root only");
        try
        {
            var store = Open(folder);
            var blob = await store.PutAsync(new MemoryStream(Content), Token);
            var large = Random(1 << 20, seed: 8);
            await store.BeginUploadAsync(Upload, large.Length, Token);
            await FailsAsync(BlobError.DiskFull, () => store.WriteAsync(Upload, 0, new MemoryStream(large), Token));
            Assert.InRange((await store.FindUploadAsync(Upload, Token))!.DurableBytes, 500_000, large.Length - 1);
            Assert.Equal(Content, await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
            await store.AbortUploadAsync(Upload, Token);
            await UploadedAsync(store);
        }
        finally
        {
            Assert.True(Run("umount", folder));
        }
    }

    [Theory]
    [InlineData(nameof(DiskStep.CreateFolder))]
    [InlineData(nameof(DiskStep.CreateFile))]
    [InlineData(nameof(DiskStep.Write))]
    [InlineData(nameof(DiskStep.SyncFile))]
    [InlineData(nameof(DiskStep.Stamp))]
    [InlineData(nameof(DiskStep.Rename))]
    [InlineData(nameof(DiskStep.SyncFolder))]
    public async Task A_fault_of_the_disk_at_any_step_is_told_and_the_next_try_succeeds(string name)
    {
        var (fails, step) = (false, Enum.Parse<DiskStep>(name));
        var store = Open(folder, at =>
        {
            if (fails && at == step) throw new IOException("Input/output error", 5);
        });
        fails = true;
        await FailsAsync(BlobError.Unavailable, () => store.PutAsync(new MemoryStream(Content), Token));
        fails = false;
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        Assert.Equal(Content, await ReadAsync(await store.OpenVerifiedAsync(blob.Hash, Token)));
    }

    [Fact]
    public async Task Files_of_other_names_are_no_blobs()
    {
        var store = Open(folder);
        var blob = await store.PutAsync(new MemoryStream(Content), Token);
        var shard = Path.Combine(folder, "blobs", blob.Hash.ToString()[..2]);
        await File.WriteAllTextAsync(Path.Combine(shard, ".nfs0001"), "deleted elsewhere", Token);
        Assert.Equal([blob], await ListedAsync(store));
    }

    [Fact]
    public async Task After_a_failed_sync_the_upload_begins_anew()
    {
        var fails = false;
        var store = Open(folder, at =>
        {
            if (fails && at == DiskStep.SyncFile) throw new IOException("Input/output error", 5);
        });
        await store.BeginUploadAsync(Upload, Content.Length, Token);
        fails = true;
        await FailsAsync(
            BlobError.Unavailable, () => store.WriteAsync(Upload, 0, new MemoryStream(Content), Token));
        fails = false;
        Assert.Null(await store.FindUploadAsync(Upload, Token));
    }

    private protected override IBlobStore Open() => Open(folder);

    private protected override async Task DamageAsync(BlobHash hash, int place)
    {
        var path = Path.Combine(folder, "blobs", hash.ToString()[..2], hash.ToString());
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[place] ^= 4;
        await File.WriteAllBytesAsync(path, bytes, Token);
    }

    private FileBlobStore Open(string place, Action<DiskStep>? before = null) =>
        FileBlobStore.Open(place, new() { BlobBytesMax = LimitBytes }, Time, new Disk(before));

    private static async Task IgnoreKillAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Kill.Happened)
        {
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    /// <summary>After some operations none happens any more.</summary>
    private sealed class Kill(int after)
    {
        private int left = after;

        public void Before(DiskStep _)
        {
            if (left-- <= 0) throw new Happened();
        }

        public sealed class Happened : Exception;
    }
}

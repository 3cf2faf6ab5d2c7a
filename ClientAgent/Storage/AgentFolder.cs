using FedLowRank.Federation.Storage;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>
/// Where everything of one agent lies: <c>identity.pem</c> (its keys), <c>server.json</c>, <c>policy.json</c> (its
/// owner's), <c>ledger</c> and <c>ledger.head</c> (what was spent), <c>status.json</c> (for people),
/// <c>trouble.json</c> (the last error, as the server may see it),
/// <c>model.json</c> (the base model's hash), <c>plans/</c> (of the runs), and in <c>work/</c> downloads and the
/// outbox. To be backed up as a whole; <c>work/downloads</c> alone can be left out.
/// </summary>
/// <param name="path">The folder.</param>
internal sealed class AgentFolder(string path)
{
    private const int LockTries = 5;
    private const int LockPauseMs = 50;

    /// <summary>Absolute.</summary>
    public string Root { get; } = Path.GetFullPath(path);

    public string Server => Path.Combine(Root, "server.json");

    public string Policy => Path.Combine(Root, "policy.json");

    public string Ledger => Path.Combine(Root, "ledger");

    public string Status => Path.Combine(Root, "status.json");

    public string Trouble => Path.Combine(Root, "trouble.json");

    public string Model => Path.Combine(Root, "model.json");

    public string Plans => Path.Combine(Root, "plans");

    public string Downloads => Path.Combine(Root, "work", "downloads");

    public string Outbox => Path.Combine(Root, "work", "outbox");

    private string LockFile => Path.Combine(Root, ".lock");

    /// <summary>Takes the folder for this process until the lock is disposed of or the process ends.</summary>
    /// <exception cref="FolderInUseException">Another agent has it.</exception>
    public IDisposable Lock()
    {
        StateFolder.Create(Root);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(
                    LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(LockFile) && attempt < LockTries)
            {
                // 'status' and 'doctor' hold the lock for a moment to see whether it is held.
                Thread.Sleep(LockPauseMs);
            }
            catch (IOException error) when (File.Exists(LockFile))
            {
                throw new FolderInUseException(
                    $"{Root} is in use by another agent process; stop that one, or give this one its own --folder",
                    error);
            }
        }
    }

    /// <summary>Whether an agent has the folder.</summary>
    public bool IsLocked()
    {
        if (!File.Exists(LockFile)) return false;
        try
        {
            Lock().Dispose();
            return false;
        }
        catch (FolderInUseException)
        {
            return true;
        }
    }
}

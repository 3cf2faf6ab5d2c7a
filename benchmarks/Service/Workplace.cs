namespace FedLowRank.Benchmarks.Service;

/// <summary>A folder for the data of servers and the updates of agents; it goes when the work is done.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fedlowrank-bench-").FullName;

    /// <summary>A path in it.</summary>
    public string this[string name] => Path.Combine(folder, name);

    /// <summary>A few updates of the plan's form.</summary>
    public UpdateFile[] Updates(LoadPlan plan, int count)
    {
        var form = plan.Form();
        return [.. Enumerable.Range(0, count).Select(i =>
            UpdateFile.Write(form, this[FormattableString.Invariant($"{form.Bytes}-{i}.update")], seed: i))];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(folder, recursive: true);
}

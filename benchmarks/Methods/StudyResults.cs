namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// The file of results: one line for each case, written when it is done, so that a study can be resumed.
/// </summary>
internal sealed class StudyResults
{
    private readonly string path;
    private readonly Lock gate = new();
    private readonly Dictionary<StudyCase, StudyResult> results;

    public StudyResults(string path)
    {
        this.path = path;
        results = File.Exists(path)
            ? File.ReadLines(path).Skip(1).Select(StudyResult.Parse).ToDictionary(r => r.Case)
            : [];
        if (results.Count == 0)
        {
            File.WriteAllText(path, StudyResult.Columns + "\n");
        }
    }

    public IReadOnlyCollection<StudyResult> All => results.Values;

    public bool Has(StudyCase which) => results.ContainsKey(which);

    public void Add(StudyResult result)
    {
        lock (gate)
        {
            results.Add(result.Case, result);
            File.AppendAllText(path, result + "\n");
        }
    }
}

using System.Diagnostics;
using FedLowRank.Cli.Simulation;
using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Engine;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>
/// Runs the cases that have no result yet, one on each core, with one thread and a copy of the weights each. The noise
/// comes from the case's seed, so that a case can be repeated; the product itself never does that.
/// </summary>
internal sealed class StudyRunner(StudyResults results, IReadOnlyDictionary<string, StudySet> sets, Action<string> say)
{
    private static readonly string Folder = RepositoryFiles.Path("samples", "base");

    public void Run(string stage, IReadOnlyCollection<StudyCase> cases)
    {
        var open = new Queue<StudyCase>(cases.Distinct().Where(c => !results.Has(c)));
        var (total, done, clock) = (open.Count, 0, Stopwatch.StartNew());
        say($"{stage}: {cases.Count} cases, {cases.Count - total} of them done before");
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(w => w.Start());
        workers.ForEach(w => w.Join());

        void Work()
        {
            using var model = OpenModel();
            while (Next() is { } which)
            {
                var result = Simulate(model, which);
                results.Add(result);
                var count = Interlocked.Increment(ref done);
                var left = clock.Elapsed * ((total - count) / (double)count);
                say($"{stage}: {count} of {total}, {left.TotalMinutes:f0} min left; {which}: {result.Accuracy:p1}");
            }
        }

        StudyCase? Next()
        {
            lock (open)
            {
                return open.TryDequeue(out var which) ? which : null;
            }
        }
    }

    private StudyResult Simulate(LoadedModel model, StudyCase which)
    {
        var (config, data) = sets[which.Set].Of(which);
        var simulator = new Simulator(model, new SeededRandomSource((ulong)which.Seed), TimeProvider.System);
        var final = simulator.Run(config, data, new Silence(), CancellationToken.None).Final;
        return new StudyResult(which, final.Accuracy!.Value, final.MacroF1!.Value, final.Loss);
    }

    private static LoadedModel OpenModel()
    {
        var model = LoadedModel.Open(Folder);
        model.Engine.Dispose();
        using var weights = HuggingFaceWeights.Open(Folder);
        var config = ModelConfig.Read(Path.Combine(Folder, "config.json"));
        var options = new CpuEngineOptions { Workers = 1 };
        return model with { Engine = new CpuEngine(config, new FolderWeights(weights, Folder), options) };
    }
}

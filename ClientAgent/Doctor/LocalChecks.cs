using System.Diagnostics;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Commands;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.ClientAgent.Work;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Files;
using FedLowRank.Training.Models;
using FedLowRank.Training.Quantization;

namespace FedLowRank.ClientAgent.Doctor;

/// <summary>Policy, ledger, model, data, disk and memory; and plans against all of it.</summary>
/// <param name="host">The clock.</param>
/// <param name="folder">The agent's.</param>
/// <param name="engine">In whose memory the weights must fit.</param>
internal sealed class LocalChecks(AgentHost host, AgentFolder folder, AgentEngine engine)
{
    private const long DiskWarningBytes = 1L << 30;
    private const long DiskNeededBytes = 64L << 20;

    private static readonly TaskPlan AnyTask = new(TaskKind.NextToken, "text", null, [], TokensMax: 1);

    public IReadOnlyList<Finding> Run(IReadOnlyDictionary<RunId, RunPlan> plans, CancellationToken cancellation)
    {
        var findings = new List<Finding> { LedgerState(), Disk() };
        AgentPolicy policy;
        try
        {
            policy = PolicyReader.Read(folder.Policy);
        }
        catch (PolicyException error)
        {
            findings.Add(Finding.Fail(
                "policy", error.Message, "correct the policy; the agent reads it anew for every round"));
            return findings;
        }

        findings.Add(Policy(policy));
        findings.AddRange(Budget(policy));
        var (model, hash) = Model(policy, cancellation);
        findings.Add(model);
        if (hash is not null)
        {
            var formats = plans.Values.Select(plan => plan.Round.BaseFormat).DefaultIfEmpty(WeightFormat.Full);
            findings.AddRange(formats.Distinct().Select(format => Memory(policy.BaseModelFolder, format)));
        }

        foreach (var (name, data) in new[] { ("data", policy.Data), ("evaluation", policy.Evaluation) })
            if (data is not null) findings.Add(Data(name, data, AnyTask));
        foreach (var (run, plan) in plans) findings.AddRange(Plan(policy, run, plan, hash));
        return findings;
    }

    private Finding LedgerState()
    {
        try
        {
            var records = Ledger.Read(folder.Ledger);
            var open = Spending.Unsettled(records).Count;
            return Finding.Ok("ledger", $"sound, {records.Count} lines; {open} charged rounds are not settled yet");
        }
        catch (LedgerException error)
        {
            return Finding.Fail(
                "ledger", error.Message, "restore the folder from its backup; nothing is trained until then");
        }
    }

    private static Finding Policy(AgentPolicy policy) => policy.Runs is { Count: 0 }
        ? Finding.Fail("policy", "sound, but runs allows none", "name the runs that you allow, or \"*\"")
        : Finding.Ok("policy", "sound");

    private IEnumerable<Finding> Budget(AgentPolicy policy)
    {
        if (policy.Budget is not { } budget || !File.Exists(folder.Ledger)) yield break;
        double spent;
        try
        {
            spent = new Spending(new RdpAccountant()).Epsilon(Ledger.Read(folder.Ledger), budget.Delta);
        }
        catch (LedgerException)
        {
            yield break;
        }

        var message = FormattableString.Invariant(
            $"epsilon {spent:0.####} of {budget.Epsilon} is spent, at delta {budget.Delta}");
        yield return spent < budget.Epsilon
            ? Finding.Ok("budget", message)
            : Finding.Fail("budget", message, "no more can be trained on these data within this budget");
    }

    private (Finding Finding, BlobHash? Hash) Model(AgentPolicy policy, CancellationToken cancellation)
    {
        try
        {
            var hash = new ModelHash(folder, new DurableFile()).Of(policy.BaseModelFolder, cancellation);
            return (Finding.Ok("model", $"{policy.BaseModelFolder} has hash {hash}"), hash);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or WeightsException)
        {
            return (
                Finding.Fail("model", error.Message, "put the base model's folder where baseModelFolder says"), null);
        }
    }

    private Finding Memory(string model, WeightFormat format)
    {
        const string Check = "memory";
        try
        {
            using var files = HuggingFaceWeights.Open(model);
            var config = ModelConfig.Read(Path.Combine(model, "config.json"));
            var needed = WeightMemory.Estimate(config, files, format, engine.WeightBytes);
            return Memory(engine.MemoryBytes, needed, format);
        }
        catch (Exception error) when (error is InputFileException or WeightsException or IOException)
        {
            return Finding.Fail(Check, error.Message, "put a base model that can be used where baseModelFolder says");
        }
        catch (EngineException error)
        {
            return Finding.Fail(Check, error.Message, error.Advice);
        }
    }

    /// <summary>As plans and run files call it.</summary>
    internal static string NameOf(WeightFormat format) => format switch
    {
        WeightFormat.Full => "full",
        WeightFormat.EightBit => "int8",
        WeightFormat.FourBit => "nf4",
        _ => throw new UnreachableException($"unknown format {format}"),
    };

    internal static Finding Memory(long totalBytes, long weightBytes, WeightFormat format)
    {
        const string Check = "memory";
        const string Advice = "give more memory, or ask for a run with a smaller or a quantised base (baseFormat)";
        var message = FormattableString.Invariant(
            $"{totalBytes >> 20} MiB for weights and steps; the weights take about {weightBytes >> 20} ")
            + $"in baseFormat {NameOf(format)}";
        return totalBytes > 2 * weightBytes + (256L << 20)
            ? Finding.Ok(Check, message)
            : totalBytes > weightBytes ? Finding.Warn(Check, message, Advice) : Finding.Fail(Check, message, Advice);
    }

    private Finding Disk()
    {
        var free = new DriveInfo(folder.Root).AvailableFreeSpace;
        var message = FormattableString.Invariant($"{free >> 20} MiB are free for {folder.Root}");
        const string Advice = "free some space: ledger, checkpoints and updates need it";
        return free >= DiskWarningBytes
            ? Finding.Ok("disk", message)
            : free >= DiskNeededBytes ? Finding.Warn("disk", message, Advice) : Finding.Fail("disk", message, Advice);
    }

    private static Finding Data(string check, DataPolicy data, TaskPlan task)
    {
        try
        {
            var rows = DataShelf.Rows(data, task, isPrivate: check == "data");
            return Finding.Ok(check, $"{data.Path} can be read: {rows.Count} rows are meant");
        }
        catch (InputFileException error)
        {
            return Finding.Fail(check, error.Message, "correct the table, or the columns and filters in the policy");
        }
    }

    private IEnumerable<Finding> Plan(AgentPolicy policy, RunId run, RunPlan plan, BlobHash? model)
    {
        var check = $"run {run}";
        var objections = PolicyCheck.Objections(policy, run, plan, host.Time.GetLocalNow()).ToList();
        foreach (var objection in objections)
            yield return Finding.Fail(check, objection.Why, "change the policy, if you agree with the run");
        if (model is not null && model != plan.Round.BaseModel)
        {
            yield return Finding.Fail(
                check, $"is of base model {plan.Round.BaseModel}, not the one here", "get that base model");
        }

        if (policy.Data is { } data && Data(check, data, plan.Round.Task) is { Level: FindingLevel.Fail } misfit)
            yield return misfit;
        if (OverBudget(policy, plan) is { } over) yield return over with { Check = check };
        else if (objections.Count == 0) yield return Finding.Ok(check, "fits policy and budget");
    }

    private Finding? OverBudget(AgentPolicy policy, RunPlan plan)
    {
        if (plan.Round.Privacy is not { } privacy || policy.Budget is not { } budget) return null;
        try
        {
            var cost = new MechanismEvent(plan.Round.SamplingRate, privacy.NoiseMultiplier, plan.Round.LocalSteps);
            var epsilon = new Spending(new RdpAccountant()).EpsilonWith(Ledger.Read(folder.Ledger), cost, budget.Delta);
            return epsilon <= budget.Epsilon
                ? null
                : Finding.Fail(
                    "",
                    FormattableString.Invariant(
                        $"one more round would bring epsilon to {epsilon:0.###}, above the budget"),
                    "nothing: the budget has done its work");
        }
        catch (LedgerException)
        {
            return null;
        }
    }
}

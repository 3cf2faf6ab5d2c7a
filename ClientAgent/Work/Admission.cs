using System.Globalization;
using System.Runtime.InteropServices;
using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.ClientAgent.Ledgers;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Storage;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Privacy.Mechanism;
using FedLowRank.Training;
using FedLowRank.Training.Data;
using FedLowRank.Training.Files;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// Every check between an order and the first step: the owner's policy, the ledger, the budget, the base model, the
/// data, the disk and the memory. Done before joining and again before reserving, as all of it may change in between.
/// One caller at a time.
/// </summary>
internal sealed class Admission(
    AgentFolder folder, KnownPlans plans, BaseModel baseModel, DataShelf shelf, TimeProvider time)
{
    private const long DiskSpareBytes = 64L << 20;

    private readonly Spending spending = new(new RdpAccountant());

    /// <summary>Whether the agent may train a round of this plan now.</summary>
    public Verdict ForTraining(RunId run, RunPlan plan, CancellationToken cancellation) => Guarded(() =>
    {
        var policy = PolicyReader.Read(folder.Policy);
        if (PolicyCheck.Objections(policy, run, plan, time.GetLocalNow()).FirstOrDefault() is { } objection)
            return new Verdict.Declined(objection);
        if (policy.Data is not { } data) return No(DeclineReason.Policy, "the policy names no data to train on");
        if (!plans.IsUnchanged(run, plan))
        {
            return No(
                DeclineReason.Policy,
                $"the server shows another plan of the run than before; if you allow it, remove {plans.PathOf(run)}");
        }

        var cost = plan.Round.Privacy is { } privacy
            ? new MechanismEvent(plan.Round.SamplingRate, privacy.NoiseMultiplier, plan.Round.LocalSteps)
            : null;
        if (BudgetObjection(policy, cost) is { } tooMuch) return new Verdict.Declined(tooMuch);
        var model = Model(policy, plan.Round, out var refusal, cancellation);
        if (model is null) return refusal!;
        if (DiskObjection(plan.Round) is { } full) return new Verdict.Declined(full);
        var examples = shelf.Load(data, plan.Round.Task, isPrivate: cost is not null, model);
        return DrawObjection(examples.Length, plan.Round) is { } large
            ? new Verdict.Declined(large)
            : new Verdict.Admitted(policy, model, examples, cost);
    });

    /// <summary>Whether the agent may measure a checkpoint of this plan, on its owner's public texts.</summary>
    public Verdict ForEvaluation(RunId run, RunPlan plan, CancellationToken cancellation) => Guarded(() =>
    {
        var policy = PolicyReader.Read(folder.Policy);
        if (PolicyCheck.WhatFor(policy, run, plan).FirstOrDefault() is { } objection)
            return new Verdict.Declined(objection);
        if (policy.Evaluation is not { } data) return No(DeclineReason.Policy, "the policy names no evaluation texts");
        var model = Model(policy, plan.Round, out var refusal, cancellation);
        return model is null
            ? refusal!
            : new Verdict.Admitted(
                policy, model, shelf.Load(data, plan.Round.Task, isPrivate: false, model), Cost: null);
    });

    /// <summary>Why a round's cost does not fit the owner's budget; null where it does.</summary>
    /// <param name="policy">The owner's.</param>
    /// <param name="cost">Of the round; null where it is not private.</param>
    /// <exception cref="LedgerException">The ledger is damaged or missing.</exception>
    public Objection? BudgetObjection(AgentPolicy policy, MechanismEvent? cost)
    {
        var records = Ledger.Read(folder.Ledger);
        if (cost is null || policy.Budget is not { } budget) return null;
        var epsilon = spending.EpsilonWith(records, cost, budget.Delta);
        return epsilon <= budget.Epsilon
            ? null
            : new(DeclineReason.Budget, string.Create(
                CultureInfo.InvariantCulture,
                $"with this round epsilon would be {epsilon:0.###} at delta {budget.Delta}; budget: {budget.Epsilon}"));
    }

    private LoadedModel? Model(
        AgentPolicy policy, RoundPlan plan, out Verdict? refusal, CancellationToken cancellation)
    {
        refusal = null;
        var hash = baseModel.Hash(policy.BaseModelFolder, cancellation);
        if (hash != plan.BaseModel)
        {
            refusal = No(
                DeclineReason.Model,
                $"{policy.BaseModelFolder} has hash {hash}; the run is of base model {plan.BaseModel}");
            return null;
        }

        LoadedModel model;
        try
        {
            model = baseModel.Load(policy, plan.BaseFormat);
        }
        catch (InputFileException error)
        {
            refusal = No(DeclineReason.Model, error.Message);
            return null;
        }

        var wrong = plan.Task.TokensMax > model.TokensMax
            ? $"task.tokensMax is {plan.Task.TokensMax}; the base model takes at most {model.TokensMax}"
            : plan.Task.Kind == TaskKind.NextToken && !model.PredictsTokens
                ? "the run trains the next token, which the base model cannot predict"
                : null;
        if (wrong is null) return model;
        refusal = No(DeclineReason.Model, wrong);
        return null;
    }

    private Objection? DiskObjection(RoundPlan plan)
    {
        // An update, and the checkpoint that it starts from, whose float64 masters are at most a few times as large.
        var needed = (plan.UpdateBytesMax < long.MaxValue / 8 ? plan.UpdateBytesMax : 0) + DiskSpareBytes;
        var free = new DriveInfo(folder.Root).AvailableFreeSpace;
        return free >= Math.Min(needed, DiskSpareBytes * 16)
            ? null
            : new(DeclineReason.Resources, $"{free >> 20} MiB are free on the disk of {folder.Root}; free some");
    }

    /// <summary>
    /// A clipped sum holds so many examples and no more. The size of a draw is binomial; by Chernoff's bound one of
    /// mean up to the limit less ten of its roots exceeds it with a probability below 1e-21.
    /// </summary>
    private static Objection? DrawObjection(int records, RoundPlan plan)
    {
        const int DrawMax = ClippedSumAccumulator.ExamplesMax;
        const int MeanMax = DrawMax - (10 * 1024);
        return records > DrawMax && plan.SamplingRate * records > MeanMax
            ? new(DeclineReason.Data, $"a step would draw more than {MeanMax} examples on average, the most that fit")
            : null;
    }

    private static Verdict Guarded(Func<Verdict> check)
    {
        try
        {
            return check();
        }
        catch (Exception error) when (ReasonOf(error) is { } reason)
        {
            return No(reason, WhyOf(error));
        }
    }

    /// <summary>What an error means to the owner, with what to do about it.</summary>
    public static string WhyOf(Exception error) =>
        error is EngineException { Advice: var advice } ? $"{error.Message}; {advice}" : error.Message;

    /// <summary>What an error means to the server; null for one that means nothing to it.</summary>
    public static DeclineReason? ReasonOf(Exception error) => error switch
    {
        PolicyException => DeclineReason.Policy,
        LedgerException => DeclineReason.Ledger,
        InputFileException => DeclineReason.Data,
        WeightsException or FileNotFoundException or DirectoryNotFoundException => DeclineReason.Model,
        OutOfMemoryException or EngineException => DeclineReason.Resources,
        IOException full when DiskFull.Is(full) => DeclineReason.Resources,
        IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException
            or ExternalException or UnknownPlanException => DeclineReason.Other,
        _ => null,
    };

    private static Verdict.Declined No(DeclineReason reason, string why) => new Verdict.Declined(new(reason, why));
}

using System.Collections.Concurrent;
using FedLowRank.Privacy.Accounting;

namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>Answers at once what was asked before: a form is judged again and again with the same privacy.</summary>
internal sealed class RememberingAccountant(IAccountant inner) : IAccountant
{
    private const int AnswersMax = 4096;

    private readonly ConcurrentDictionary<(MechanismEvent Event, double Delta), double> answers = [];

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public double Epsilon(IReadOnlyList<MechanismEvent> events, double delta)
    {
        if (events is not [var one]) return inner.Epsilon(events, delta);
        if (answers.TryGetValue((one, delta), out var known)) return known;
        if (answers.Count >= AnswersMax) answers.Clear();
        return answers[(one, delta)] = inner.Epsilon(events, delta);
    }
}

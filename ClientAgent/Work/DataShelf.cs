using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.ClientAgent.Policies;
using FedLowRank.Training;
using FedLowRank.Training.Data;

namespace FedLowRank.ClientAgent.Work;

/// <summary>
/// The owner's texts as examples of a plan's task, kept in memory for as long as neither the rules nor the file change.
/// One caller at a time.
/// </summary>
internal sealed class DataShelf
{
    private const int NamedMax = 5;

    // Tasks are the server's: it must not fill the memory with one copy of the texts for each that it thinks of.
    private const int KeptMax = 2;

    private readonly Dictionary<(DataPolicy, TaskPlan, bool), (string State, TokenizedExample[] Examples)> shelf = [];

    /// <summary>The examples.</summary>
    /// <param name="data">Which rows.</param>
    /// <param name="task">What is learnt of them.</param>
    /// <param name="isPrivate">Refuses ids that come twice, as epsilon is for one row.</param>
    /// <param name="model">Whose tokens they become.</param>
    /// <exception cref="InputFileException">The table does not fit the task.</exception>
    public ReadOnlyMemory<TokenizedExample> Load(DataPolicy data, TaskPlan task, bool isPrivate, LoadedModel model)
    {
        var file = new FileInfo(data.Path);
        var state = file.Exists ? FormattableString.Invariant($"{file.Length} {file.LastWriteTimeUtc.Ticks}") : "";
        if (shelf.TryGetValue((data, task, isPrivate), out var kept) && kept.State == state) return kept.Examples;
        var rows = Rows(data, task, isPrivate);
        var examples = Encode(data, rows, task, model);
        if (shelf.Count >= KeptMax) shelf.Clear();
        shelf[(data, task, isPrivate)] = (state, examples);
        return examples;
    }

    /// <summary>The rows, checked against the task as far as that goes without a model.</summary>
    /// <exception cref="InputFileException">The table does not fit the task.</exception>
    public static IReadOnlyList<TextRow> Rows(DataPolicy data, TaskPlan task, bool isPrivate)
    {
        var table = TextTable.Read(data.Path, new TextColumns
        {
            Id = data.IdColumn,
            Text = data.TextColumn ?? task.TextColumn,
            Label = task.Kind == TaskKind.Classification ? data.LabelColumn ?? task.LabelColumn : null,
            Split = data.SplitColumn,
            Client = data.ClientColumn,
        });
        var rows = OfClients(data, data.Split is null ? table.Rows : table.OfSplit(data.Split));
        if (task.Kind == TaskKind.Classification) RequireLabels(data, task, rows);
        if (isPrivate) RequireDistinctIds(data, rows);
        return rows;
    }

    private static IReadOnlyList<TextRow> OfClients(DataPolicy data, IReadOnlyList<TextRow> rows)
    {
        if (data.SplitClient is { } parts)
        {
            try
            {
                rows = ClientSplits.DivideClient(rows, parts.Name, parts.Parts);
            }
            catch (ArgumentException error)
            {
                throw new InputFileException(data.Path, "", error.Message, error);
            }
        }

        if (data.Clients is not { } clients) return rows;
        var present = rows.Select(row => row.Client).ToHashSet(StringComparer.Ordinal);
        if (clients.FirstOrDefault(client => !present.Contains(client)) is { } missing)
            throw new InputFileException(data.Path, "", $"has no rows of client \"{missing}\"");
        var wanted = clients.ToHashSet(StringComparer.Ordinal);
        return [.. rows.Where(row => wanted.Contains(row.Client))];
    }

    private static void RequireLabels(DataPolicy data, TaskPlan task, IReadOnlyList<TextRow> rows)
    {
        var labels = task.Labels.ToHashSet(StringComparer.Ordinal);
        var strange = rows.Select(row => row.Label).Where(label => !labels.Contains(label))
            .Distinct(StringComparer.Ordinal).Take(NamedMax).ToList();
        if (strange.Count == 0) return;
        throw new InputFileException(
            data.Path,
            $"column \"{data.LabelColumn ?? task.LabelColumn}\"",
            $"has labels that the run does not: \"{string.Join("\", \"", strange)}\"; "
            + $"the run's are \"{string.Join("\", \"", task.Labels.Take(20))}\"");
    }

    private static void RequireDistinctIds(DataPolicy data, IReadOnlyList<TextRow> rows)
    {
        var twice = rows.CountBy(row => row.Id, StringComparer.Ordinal).Where(id => id.Value > 1)
            .Take(NamedMax).Select(id => id.Key).ToList();
        if (twice.Count == 0) return;
        throw new InputFileException(
            data.Path,
            $"column \"{data.IdColumn}\"",
            $"has ids more than once: \"{string.Join("\", \"", twice)}\"; "
            + "in a private run each text must come once, as epsilon is for one row");
    }

    private static TokenizedExample[] Encode(
        DataPolicy data, IReadOnlyList<TextRow> rows, TaskPlan task, LoadedModel model)
    {
        try
        {
            return task.Kind == TaskKind.NextToken
                ? ExampleEncoder.EncodeTokens(rows, model.Tokenizer, task.TokensMax)
                : ExampleEncoder.Encode(rows, new LabelSet(task.Labels), model.Tokenizer, task.TokensMax);
        }
        catch (ArgumentException error)
        {
            throw new InputFileException(data.Path, "", error.Message, error);
        }
    }
}

using System.Globalization;
using System.Text;
using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>
/// The results as comma-separated values (RFC 4180, with line feeds): a head line, numbers in full precision with a
/// decimal point, an empty field where there is no value, such as the epsilon of an arm that is not private.
/// </summary>
public static class CsvReport
{
    /// <summary>One line for each round of each arm, with the figures of the task.</summary>
    /// <exception cref="ArgumentException">There is no arm, or their tasks differ.</exception>
    public static string Rounds(IReadOnlyList<SimulationResult> arms)
    {
        var figures = TaskFigures.Of(arms).All;
        var columns = string.Join(',', figures.Select(figure => figure.Column));
        return Table(
            $"arm,method,is_private,round,agents,{columns},epsilon_max,saturated_values,seconds",
            arms.SelectMany(arm => arm.Rounds.Select(string[] (round) =>
            [
                arm.Name, arm.Method, Flag(arm.IsPrivate), Number(round.Round), Number(round.Cohort.Length),
                .. figures.Select(figure => Number(round.Quality is { } quality ? figure.Value(quality) : null)),
                Number(round.EpsilonMax), Number(round.SaturatedValues), Number(round.Seconds),
            ])));
    }

    /// <summary>One line for each agent of each arm.</summary>
    public static string Agents(IReadOnlyList<SimulationResult> arms) => Table(
        "arm,method,is_private,agent,examples,nominal_examples,rounds,noise_multiplier,epsilon,delta",
        arms.SelectMany(arm => arm.Agents.Select(agent => new[]
        {
            arm.Name, arm.Method, Flag(arm.IsPrivate), agent.Name, Number(agent.Examples),
            Number(agent.NominalExamples), Number(agent.Rounds), Number(agent.NoiseMultiplier),
            Number(agent.Epsilon), Number(arm.Delta),
        })));

    private static string Table(string head, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder(head).Append('\n');
        foreach (var row in rows) text.AppendJoin(',', row.Select(Quote)).Append('\n');
        return text.ToString();
    }

    private static string Quote(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double? value) =>
        value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";
}

using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>One figure of quality and how it is shown.</summary>
/// <param name="Title">For people, for example <c>Macro-F1</c>.</param>
/// <param name="Column">For programs, for example <c>macro_f1</c>.</param>
/// <param name="Value">Takes it out of a measurement.</param>
/// <param name="Format">Writes a value.</param>
internal sealed record QualityFigure(
    string Title, string Column, Func<TestQuality, double?> Value, Func<double, string> Format)
{
    /// <summary>The title inside a sentence.</summary>
    public string InText => char.ToLowerInvariant(Title[0]) + Title[1..];

    /// <summary>The value as text; nothing where there is none.</summary>
    public string Text(TestQuality? quality) => Text(quality is null ? null : Value(quality));

    /// <inheritdoc cref="Text(TestQuality?)"/>
    public string Text(double? value) => value is { } number ? Format(number) : "";
}

using System.Globalization;

namespace FedLowRank.Benchmarks.Methods;

/// <summary>What one case of the study came to.</summary>
internal sealed record StudyResult(StudyCase Case, double Accuracy, double MacroF1, double Loss)
{
    public const string Columns = StudyCase.Columns + ",accuracy,macro_f1,loss";

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Case},{Accuracy:f4},{MacroF1:f4},{Loss:f4}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static StudyResult Parse(string line)
    {
        var cells = line.Split(',');
        return new StudyResult(StudyCase.Parse(cells), Number(cells[^3]), Number(cells[^2]), Number(cells[^1]));

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }
}

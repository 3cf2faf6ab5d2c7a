using System.Globalization;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>Gathers all that is wrong with a plan, so that its author mends it in one go.</summary>
internal sealed class PlanProblems
{
    private readonly List<string> problems = [];

    public ValueList<string> All => problems.ToValueList();

    public void Add(string problem) => problems.Add(problem);

    public void Range(string field, double value, double min, double max)
    {
        if (value >= min && value <= max) return;
        Add(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; it must lie between {min} and {max}"));
    }

    /// <summary>For quantities that may be as small as one likes but not 0.</summary>
    public void Positive(string field, double value, double max = double.MaxValue)
    {
        if (value > 0 && value <= max) return;
        var limit = max == double.MaxValue ? "finite" : string.Create(CultureInfo.InvariantCulture, $"at most {max}");
        Add(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; it must be above 0 and {limit}"));
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;

namespace FedLowRank.Privacy;

/// <summary>Range checks whose message names the field, the value and the limits.</summary>
internal static class Limits
{
    /// <summary>The value itself, if it lies between the limits (both allowed); NaN never does.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not.</exception>
    public static double Within(
        double value,
        double min,
        double max,
        string field,
        [CallerArgumentExpression(nameof(value))] string? parameter = null)
    {
        if (value >= min && value <= max)
        {
            return value;
        }

        var message = string.Create(
            CultureInfo.InvariantCulture, $"{field} is {value}; it must be at least {min} and at most {max}");
        throw new ArgumentOutOfRangeException(parameter, message);
    }
}

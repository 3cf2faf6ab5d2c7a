using System.Runtime.CompilerServices;

namespace FedLowRank.Training.Local;

/// <summary>Guards that the optimizers share.</summary>
internal static class OptimizerLimits
{
    public static void RequirePositive(
        double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!double.IsFinite(value) || value <= 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a positive finite number");
        }
    }

    public static void RequireFraction(
        double value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!(value is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 0 and below 1");
        }
    }

    public static void RequireLengths(int count, int parameters, int gradient)
    {
        if (parameters != count || gradient != count)
        {
            throw new ArgumentException(
                $"{parameters} parameters and a gradient of {gradient}; expected {count} of each", nameof(parameters));
        }
    }
}

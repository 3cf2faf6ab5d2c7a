namespace FedLowRank.Aggregation.Sums;

/// <summary>The agent's side of an exact sum: puts a difference on the plan's grid.</summary>
public static class GridRounding
{
    /// <summary>
    /// Rounds each value to the nearest multiple of its tensor's step, ties to the even multiple, and saturates at the
    /// tensor's bound. Zero is always written as +0.
    /// </summary>
    /// <param name="difference">Flat difference from the round's start, in the grid's layout.</param>
    /// <param name="grid">The plan's grid.</param>
    /// <param name="output">Flat result; may be the same memory as the difference.</param>
    /// <returns>How many values were saturated. It is derived from data: it stays with the agent.</returns>
    /// <exception cref="ArgumentException">A length does not fit the layout, or a value is not finite.</exception>
    public static int Round(ReadOnlySpan<float> difference, UpdateGrid grid, Span<float> output)
    {
        if (difference.Length != grid.Layout.Count || output.Length != grid.Layout.Count)
        {
            throw new ArgumentException(
                $"difference of {difference.Length} and output of {output.Length} values; expected {grid.Layout.Count}",
                nameof(difference));
        }

        var saturatedCount = 0;
        for (var t = 0; t < grid.Tensors.Length; t++)
        {
            var tensor = grid.Tensors[t];
            var source = grid.Layout.Slice(difference, t);
            var target = grid.Layout.Slice(output, t);
            var stepsPerUnit = 1 / tensor.Step;
            for (var i = 0; i < source.Length; i++)
            {
                if (!float.IsFinite(source[i]))
                {
                    throw new ArgumentException(
                        $"{grid.Layout.Tensors[t].Name}[{i}] is {source[i]}; values must be finite",
                        nameof(difference));
                }

                var steps = Math.Round(source[i] * stepsPerUnit, MidpointRounding.ToEven);
                if (Math.Abs(steps) > tensor.StepsMax)
                {
                    saturatedCount++;
                    steps = Math.CopySign(tensor.StepsMax, steps);
                }

                // Through an integer, so that a small negative value leaves no -0 behind.
                target[i] = (float)((int)steps * tensor.Step);
            }
        }

        return saturatedCount;
    }
}

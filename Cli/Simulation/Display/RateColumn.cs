using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FedLowRank.Cli.Simulation.Display;

/// <summary>Examples in a second, of late.</summary>
internal sealed class RateColumn : ProgressColumn
{
    /// <inheritdoc/>
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.Speed is { } speed
            ? string.Create(CultureInfo.InvariantCulture, $"{speed:0} examples/s")
            : "");
}

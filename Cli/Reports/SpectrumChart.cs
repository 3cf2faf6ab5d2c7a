using System.Xml.Linq;
using FedLowRank.Cli.Simulation;

namespace FedLowRank.Cli.Reports;

/// <summary>The singular values of an arm's adapted layers over the rounds.</summary>
internal static class SpectrumChart
{
    /// <summary>One drawing for each layer, in the order of the last round; none where nothing was recorded.</summary>
    /// <param name="arm">The arm whose layers are shown.</param>
    /// <param name="id">Unique in the page; prefix of the ids of titles.</param>
    public static IEnumerable<XElement> Draw(SimulationResult arm, string id) => Gateway.Charts.SpectrumChart.Draw(
        [
            .. arm.Rounds.Where(round => round.Spectra.Length > 0).Select(round =>
                new Gateway.Charts.SpectrumChart.Round(
                    round.Round,
                    [.. round.Spectra.Select(layer => (layer.Module, (IReadOnlyList<double>)layer.SingularValues))])),
        ],
        id);
}

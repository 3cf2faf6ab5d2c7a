using System.Xml.Linq;
using FedLowRank.Gateway.Console.Sheets;

namespace FedLowRank.Gateway.Console.Drawings;

/// <summary>A chart, and the figures that it is drawn from.</summary>
/// <param name="Id">Unique in the page.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Caption">What to know of it, in sentences.</param>
/// <param name="Drawings">SVG, or figures with SVG in them.</param>
/// <param name="Table">The same figures.</param>
public sealed record ChartView(
    string Id, string Title, string Caption, IReadOnlyList<XElement> Drawings, Sheet Table);

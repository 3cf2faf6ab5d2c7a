using System.Xml.Linq;

namespace FedLowRank.House.Tests;

/// <summary>What the rules look at in a project file.</summary>
/// <param name="Name">File name without extension, for example <c>Training</c>.</param>
/// <param name="Path">From the root, with forward slashes.</param>
/// <param name="References">Names of the projects it references.</param>
/// <param name="Packages">Names of the packages that it references itself.</param>
/// <param name="Versioned">Those of them that state a version.</param>
internal sealed record ProjectFile(
    string Name, string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages,
    IReadOnlyList<string> Versioned)
{
    public static ProjectFile Parse(SourceText file)
    {
        var document = XDocument.Parse(file.Text);
        var projects = document.Descendants("ProjectReference");
        var packages = document.Descendants("PackageReference").ToList();
        return new(
            NameOf(file.Path),
            file.Path,
            [.. projects.Select(element => NameOf(element.Attribute("Include")!.Value))],
            [.. packages.Select(Package)],
            [.. packages.Where(StatesVersion).Select(Package)]);
    }

    private static string NameOf(string path) =>
        System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));

    private static string Package(XElement reference) =>
        (reference.Attribute("Include") ?? reference.Attribute("Update"))!.Value;

    private static bool StatesVersion(XElement reference) =>
        reference.Attributes().Select(attribute => attribute.Name)
            .Concat(reference.Elements().Select(element => element.Name))
            .Any(name => name.LocalName is "Version" or "VersionOverride");
}

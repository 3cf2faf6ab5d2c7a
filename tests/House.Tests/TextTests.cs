namespace FedLowRank.House.Tests;

/// <summary>
/// Goal: the rules of style that no analyzer knows hold in every file. Method: each rule runs over the tracked files,
/// and over a bad and a good sample, so that it is seen to fail and to pass.
/// </summary>
public class TextTests
{
    private static readonly IReadOnlyList<SourceText> Texts =
        [.. TrackedFiles.All.Where(path => !TextRules.IsData(path)).Select(TrackedFiles.Read).Where(IsText)];

    private static readonly IReadOnlyList<SourceText> Code = [.. Texts.Where(file => TextRules.IsCode(file.Path))];

    private static readonly IReadOnlyList<SourceText> Product =
        [.. Code.Where(file => !file.IsTest && file.Path.EndsWith(".cs", StringComparison.Ordinal))];

    [Fact]
    public void The_rules_see_this_file_and_the_product()
    {
        Assert.Contains(Code, file => file.Path == "tests/House.Tests/TextTests.cs");
        Assert.Contains(Product, file => file.Path == "Privacy/IRandomSource.cs");
        Assert.Contains(Texts, file => file.Path == "README.md");
    }

    [Fact]
    public void No_file_is_too_long() => Holds(TextRules.Length, Code);

    [Fact]
    public void No_line_is_too_wide() => Holds(TextRules.Width, Code);

    [Fact]
    public void No_code_has_tabs() => Holds(TextRules.Tabs, Code);

    [Fact]
    public void Nothing_is_left_over() => Holds(TextRules.LeftOvers, Texts);

    [Fact]
    public void No_text_names_a_path_of_one_machine() => Holds(TextRules.MachinePaths, Texts);

    [Fact]
    public void No_text_names_a_package_registry() => Holds(TextRules.RegistryHosts, Texts);

    [Fact]
    public void A_file_has_one_public_type_or_only_records() => Holds(TextRules.PublicTypes, Product);

    [Fact]
    public void A_namespace_is_its_folder() => Holds(TextRules.Namespaces, Product);

    [Fact]
    public void Length_tells_source_from_tests()
    {
        var lines401 = string.Concat(Enumerable.Repeat("x\n", 401));
        Shows(TextRules.Length, new("A/A.cs", lines401), new("tests/A.Tests/A.cs", lines401));
        Shows(TextRules.Length, new("tests/A.cs", lines401 + lines401), new("A/A.cs", lines401[2..]));
    }

    [Fact]
    public void Width_is_at_most_120_columns() =>
        Shows(TextRules.Width, Sample(new string('x', 121)), Sample(new string('x', 120)));

    [Fact]
    public void A_tab_is_found() => Shows(TextRules.Tabs, Sample("\tint x;"), Sample("    int x;"));

    [Theory]
    [InlineData("// TO" + "DO: later")]
    [InlineData("FIX" + "ME")]
    [InlineData("(HA" + "CK)")]
    public void A_left_over_is_found(string bad) =>
        Shows(TextRules.LeftOvers, Sample(bad), Sample("a hackathon to do"));

    [Theory]
    [InlineData("\"/ho" + "me/me/data\"")]
    [InlineData("see /wo" + "rk/shared")]
    [InlineData("/ro" + "ot/.cache")]
    public void A_path_of_one_machine_is_found(string bad)
    {
        Shows(TextRules.MachinePaths, Sample(bad), Sample("samples/home/x and https://a.b/home/x"));
    }

    [Theory]
    [InlineData("https://api.nu" + "get.org/v3")]
    [InlineData("registry.npm" + "js.org")]
    [InlineData("deb.deb" + "ian.org")]
    public void A_package_registry_is_found(string bad) =>
        Shows(TextRules.RegistryHosts, Sample(bad), Sample("the NuGet gallery, www.debian.org, nuget.config"));

    [Theory]
    [InlineData("public sealed class A\n{\n}\npublic enum B { X }")]
    [InlineData("public sealed record A(int X);\npublic static class B;")]
    public void A_second_public_type_is_found(string bad) => Shows(
        TextRules.PublicTypes,
        Sample(bad),
        Sample("public abstract record A;\npublic sealed record B : A;\ninternal class C;\n    public class Nested;"));

    [Fact]
    public void A_namespace_that_is_not_its_folder_is_found() => Shows(
        TextRules.Namespaces,
        new("Privacy/Mechanism/A.cs", "namespace FedLowRank.Privacy;"),
        new("Privacy/Mechanism/A.cs", "namespace FedLowRank.Privacy.Mechanism;"));

    private static SourceText Sample(string text) => new("Sample/Sample.cs", text);

    // Binary files (weights, pictures) hold zero bytes.
    private static bool IsText(SourceText file) => !file.Text.Contains('\0');

    private static void Holds(Func<SourceText, IEnumerable<string>> rule, IReadOnlyList<SourceText> files)
    {
        Assert.NotEmpty(files);
        Violations.None(files.SelectMany(rule));
    }

    private static void Shows(Func<SourceText, IEnumerable<string>> rule, SourceText bad, SourceText good)
    {
        Assert.Single(rule(bad));
        Assert.Empty(rule(good));
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FedLowRank.Cli.Demo;
using FedLowRank.Cli.Demo.Servers;

namespace FedLowRank.Cli.Commands;

/// <summary>The options that <c>demo</c> and <c>up</c> share.</summary>
internal sealed class DemoOptionSet
{
    private readonly Option<string> output = Text("--output", "folder", "Folder for the results.", "demo-results");
    private readonly Option<string> samples;
    private readonly Option<string> agent = Text("--agent", "file", "The agent's program.", Beside("fedlowrank-agent"));
    private readonly Option<int?> silos;
    private readonly Option<string> silo = Text("--silo", "file", "The cluster's program.", Beside("fedlowrank-silo"));
    private readonly Option<string?> database = new("--database")
    {
        Description = "Connection string of a PostgreSQL server on which a database for the cluster is made, and " +
            "dropped in the end. [default: a server is started]",
        HelpName = "connection",
    };

    /// <summary>Makes them.</summary>
    /// <param name="host">Knows where the samples are.</param>
    /// <param name="silosDefault">Number of silos where nothing is said; null for a single server.</param>
    public DemoOptionSet(CommandHost host, int? silosDefault)
    {
        samples = Text("--samples", "folder", "Folder with the sample model and data.", host.SamplesFolder);
        silos = new("--silos")
        {
            Description = silosDefault is null ? "On a cluster of so many silos." : "Number of silos.",
            HelpName = "number",
            CustomParser = Silos,
        };
        if (silosDefault is { } number) silos.DefaultValueFactory = _ => number;
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [output, samples, agent, silos, silo, database];

    /// <summary>What was said.</summary>
    public DemoOptions Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(output),
        parsed.GetRequiredValue(samples),
        parsed.GetRequiredValue(agent),
        parsed.GetValue(silos) is { } number
            ? new(number, parsed.GetRequiredValue(silo), parsed.GetValue(database))
            : null);

    private static int? Silos(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number is >= 1 and <= ClusterOptions.SilosMax)
        {
            return number;
        }

        argument.AddError($"--silos is '{text}'; expected a number from 1 to {ClusterOptions.SilosMax}");
        return null;
    }

    private static Option<string> Text(string name, string help, string description, string otherwise) => new(name)
    {
        Description = description,
        HelpName = help,
        DefaultValueFactory = _ => otherwise,
    };

    private static string Beside(string program) => Path.Combine(AppContext.BaseDirectory, $"{program}.dll");
}

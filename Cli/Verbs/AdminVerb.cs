using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Configuration;

namespace FedLowRank.Cli.Verbs;

/// <summary>Makes commands that speak with a server; all take <c>--profile</c> and <c>--json</c>.</summary>
internal static class AdminVerb
{
    /// <summary>Makes a command.</summary>
    /// <param name="host">The world.</param>
    /// <param name="name">As typed.</param>
    /// <param name="description">One line of help.</param>
    /// <param name="symbols">Its own arguments and options.</param>
    /// <param name="work">What it does; ends with one of <see cref="ExitCode"/>.</param>
    public static Command Create(
        CommandHost host, string name, string description, IReadOnlyList<Symbol> symbols,
        Func<AdminSession, CancellationToken, Task<int>> work)
    {
        var profile = new Option<string?>("--profile")
        {
            Description = "Whose server: a profile file, in place of those that are looked for.",
            HelpName = "file",
        };
        var json = new Option<bool>(JsonOption) { Description = "Answer with one line of JSON." };
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Add(argument);
            else command.Add((Option)symbol);
        }

        command.Add(profile);
        command.Add(json);
        command.SetAction((parsed, cancellationToken) =>
        {
            var session = new AdminSession(host, parsed, parsed.GetValue(json), parsed.GetValue(profile));
            return VerbRunner.RunAsync(host, session.IsJson, token => work(session, token), cancellationToken);
        });
        return command;
    }

    /// <summary>Name of the option that every verb has.</summary>
    public const string JsonOption = "--json";

    /// <summary>A command that ends well where it ends at all.</summary>
    public static Command Create(
        CommandHost host, string name, string description, IReadOnlyList<Symbol> symbols,
        Func<AdminSession, CancellationToken, Task> work) =>
        Create(host, name, description, symbols, async (session, token) =>
        {
            await work(session, token);
            return ExitCode.Done;
        });

    /// <summary>A command of several verbs.</summary>
    public static Command Group(string name, string description, params IReadOnlyList<Command> verbs)
    {
        var group = new Command(name, description);
        foreach (var verb in verbs) group.Add(verb);
        return group;
    }

    /// <summary>An argument whose text is checked while the command line is parsed.</summary>
    public static Argument<T> Argument<T>(string name, string description, Func<string, T> parse) =>
        new(name) { Description = description, CustomParser = result => Parse(result, parse) };

    /// <summary>An option whose text is checked likewise.</summary>
    public static Option<T> Option<T>(string name, string helpName, string description, Func<string, T> parse) =>
        new(name) { Description = description, HelpName = helpName, CustomParser = result => Parse(result, parse) };

    /// <summary>A whole number within limits, with a default.</summary>
    public static Option<int> Number(string name, string description, (int Min, int Max) limits, int fallback)
    {
        var option = Option(
            name, "number", $"{description} [default: {fallback}]", text => Within(name, text, limits));
        option.DefaultValueFactory = _ => fallback;
        return option;
    }

    /// <summary>A whole number within limits, or nothing.</summary>
    public static Option<int?> OptionalNumber(
        string name, string helpName, string description, (int Min, int Max) limits) =>
        Option<int?>(name, helpName, description, text => Within(name, text, limits));

    private static int Within(string name, string text, (int Min, int Max) limits) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) &&
        value >= limits.Min && value <= limits.Max
            ? value
            : throw new FormatException($"{name} is '{text}'; it must lie between {limits.Min} and {limits.Max}");

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            result.AddError(error is ArgumentException argument
                ? ConfigException.TextOf(argument)
                : error.Message);
            return default;
        }
    }
}

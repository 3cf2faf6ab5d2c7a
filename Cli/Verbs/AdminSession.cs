using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Cli.Admin;
using FedLowRank.Cli.Commands;
using Spectre.Console;
using Profile = FedLowRank.Federation.Identity.Files.Profile;

namespace FedLowRank.Cli.Verbs;

/// <summary>One command that a person gave to a server.</summary>
/// <param name="host">The world.</param>
/// <param name="parsed">The command line.</param>
/// <param name="isJson">One line of JSON for programs, in place of text for people.</param>
/// <param name="profile">Path of the profile that was named, or null.</param>
internal sealed class AdminSession(CommandHost host, ParseResult parsed, bool isJson, string? profile)
{
    public CommandHost Host => host;

    public bool IsJson => isJson;

    /// <summary>The profile in use.</summary>
    /// <exception cref="AdminException">There is none, or it cannot be used.</exception>
    public Profile FindProfile() => host.Profiles.Find(profile);

    /// <summary>A client of the profile's server.</summary>
    /// <exception cref="AdminException">There is no profile, or the server is not proven.</exception>
    public Task<AdminClient> ConnectAsync(CancellationToken cancellationToken) =>
        AdminClient.ConnectAsync(FindProfile(), host.Time, cancellationToken);

    /// <summary>Value of an argument, which the parser has checked.</summary>
    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>Value of an option.</summary>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>Says something to people alone, where it does not mix with results.</summary>
    public void Note(string text)
    {
        if (!isJson) host.Error.WriteLine(text);
    }

    /// <summary>Gives the result.</summary>
    public void Answer<T>(T value, JsonTypeInfo<T> type, Action<IAnsiConsole> forPeople)
    {
        if (isJson) AnswerJson(JsonSerializer.SerializeToUtf8Bytes(value, type));
        else forPeople(CommandHost.ConsoleOn(host.Output));
    }

    /// <summary>Gives a result that is JSON already, on one line.</summary>
    public void AnswerJson(ReadOnlySpan<byte> json) => host.Output.WriteLine(System.Text.Encoding.UTF8.GetString(json));
}

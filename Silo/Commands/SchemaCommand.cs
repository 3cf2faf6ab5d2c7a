using System.CommandLine;
using System.Text.Json;
using FedLowRank.Silo.Configuration;
using FedLowRank.Silo.Schema;

namespace FedLowRank.Silo.Commands;

/// <summary><c>schema</c>: makes, upgrades or checks the tables of a database.</summary>
internal static class SchemaCommand
{
    public static Command Create(CommandHost host)
    {
        var config = CommandLine.ConfigOption();
        var check = new Option<bool>("--check") { Description = "Only say whether the tables fit this program." };
        var grant = new Option<string?>("--grant")
        {
            Description = "Also give this role of the database the rights that 'run' needs, and no more.",
            HelpName = "role",
        };
        var json = CommandLine.JsonOption("Answer with one line of JSON.");
        var command = new Command(
            "schema", "Make or upgrade all tables: the journal's, the cluster's members and its reminders.")
        {
            config, check, grant, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(check) && result.GetValue(grant) is not null)
                result.AddError("--check changes nothing; it cannot be given with --grant");
        });
        command.SetAction((parsed, cancellationToken) => CommandRunner.RunAsync(
            host, parsed.GetValue(json),
            async token =>
            {
                var database = SiloConfigFile.ReadDatabase(parsed.GetRequiredValue(config));
                var states = parsed.GetValue(check)
                    ? await Database.CheckAsync(database, isCheck: true, token)
                    : await Database.UpgradeAsync(database, parsed.GetValue(grant), token);
                Tell(host, parsed.GetValue(json), states);
                return ExitCode.Done;
            },
            cancellationToken));
        return command;
    }

    private static void Tell(CommandHost host, bool isJson, IReadOnlyList<SchemaState> states)
    {
        if (isJson)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(new(states), CommandJson.Default.SchemaLine));
            return;
        }

        foreach (var state in states)
        {
            host.Output.WriteLine(state.Before == state.Version
                ? $"{state.Schema} has version {state.Version}"
                : $"{state.Schema} went from version {state.Before} to {state.Version}");
        }
    }
}

/// <summary>The tables' versions.</summary>
internal sealed record SchemaLine(IReadOnlyList<SchemaState> Schemas);

using System.CommandLine;
using System.Text.Json;
using FedLowRank.ClientAgent.Server;
using FedLowRank.ClientAgent.Storage;
using FedLowRank.Federation.Identity.Enrolment;

namespace FedLowRank.ClientAgent.Commands;

/// <summary><c>enrol</c>: an invite becomes a certificate.</summary>
internal static class EnrolCommand
{
    public static Command Create(AgentHost host)
    {
        var invite = new Argument<string?>("invite")
        {
            Description = "The invite's word; else --invite-file, else it is read from the standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var file = new Option<string?>("--invite-file") { Description = "A file with the invite.", HelpName = "file" };
        var folder = CommandLine.FolderOption(host);
        var json = CommandLine.JsonOption();
        var command = new Command("enrol", "Become an agent of the server that invited you.")
        {
            invite, file, folder, json,
        };
        command.SetAction((parsed, cancellation) => CommandRunner.RunAsync(
            host,
            async token =>
            {
                var text = parsed.GetValue(invite)
                    ?? (parsed.GetValue(file) is { } path
                        ? await ReadAsync(path, token)
                        : await ReadAsync(host.Input, token));
                return await RunAsync(
                    host, text, CommandLine.FolderOf(parsed, folder), parsed.GetValue(json), token);
            },
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        AgentHost host, string invite, AgentFolder folder, bool asJson, CancellationToken cancellation)
    {
        using var held = folder.Lock();
        var contact = new FirstContact(folder, new DurableFile(), host.Timings, host.Time);
        var enrolled = await contact.EnrolAsync(invite, cancellation);
        using var identity = enrolled.Identity;
        var expires = new DateTimeOffset(identity.Certificate.NotAfter).ToUniversalTime();
        if (asJson)
        {
            await host.Output.WriteLineAsync(JsonSerializer.Serialize(
                new EnrolFigures(
                    identity.Agent.Value, enrolled.Server, folder.Root, folder.Policy, expires, enrolled.IsNew),
                CommandJson.Default.EnrolFigures));
            return ExitCode.Done;
        }

        await host.Output.WriteLineAsync(
            $"{identity.Agent} {(enrolled.IsNew ? "is" : "was already")} enrolled with {enrolled.Server}");
        await host.Output.WriteLineAsync(enrolled.WrotePolicy
            ? $"Now say what it may do in {folder.Policy}; until then it refuses every run."
            : $"What it may do is in {folder.Policy}.");
        await host.Output.WriteLineAsync($"Then: {AgentProgram.Name} doctor, and {AgentProgram.Name} run");
        return ExitCode.Done;
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellation)
    {
        using var reader = new StreamReader(path);
        return await ReadAsync(reader, cancellation);
    }

    // No more than tells an invite from something else.
    private static async Task<string> ReadAsync(TextReader reader, CancellationToken cancellation)
    {
        var text = new char[InviteText.TextMax + 1];
        var count = await reader.ReadBlockAsync(text, cancellation);
        return new(text, 0, count);
    }
}

using System.Text.Json;
using FedLowRank.Cli.Commands;

namespace FedLowRank.Cli.Verbs;

/// <summary>How errors are told: a sentence on the error stream, or a line of JSON where the result would be.</summary>
internal static class ErrorReport
{
    public static void Write(CommandHost host, bool isJson, string code, string message, int exit)
    {
        if (isJson)
        {
            var line = JsonSerializer.Serialize(
                new ErrorLine(new ErrorMembers(code, message, exit)), AdminJson.Default.ErrorLine);
            host.Output.WriteLine(line);
        }
        else
        {
            host.Error.WriteLine(message);
        }
    }
}

// Goal: agents of both kinds take part in one private run and the server cannot tell them apart but by what they say
// of themselves. Method: the programs, as processes: a server, an agent of each kind, and the command line.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FedLowRank.Tests;

namespace FedLowRank.Engines.Tests.Runs;

public sealed class MixedRunTests : IAsyncLifetime
{
    private const int Rounds = 2;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("fedlowrank-mixed-");
    private readonly List<RunningProgram> running = [];

    private string ServerFolder => Path.Combine(root.FullName, "server");

    private string Profile => Path.Combine(ServerFolder, "owner.json");

    public async ValueTask InitializeAsync()
    {
        var (agents, admin) = (FreePort(), FreePort());
        var server = Start("fedlowrank", "serve", "--folder", ServerFolder, "--json",
            "--agents", $"127.0.0.1:{agents}", "--admin", $"127.0.0.1:{admin}");
        await server.LineAsync("\"authority\":");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in running) await program.DisposeAsync();
        root.Delete(recursive: true);
    }

    [Fact]
    public async Task An_agent_of_each_kind_trains_every_round_of_a_private_run()
    {
        var (north, south) = (Path.Combine(root.FullName, "north"), Path.Combine(root.FullName, "south"));
        await EnrolAsync("fedlowrank-agent", "north", north, "Debian Games Team");
        await EnrolAsync("fedlowrank-agent-torch", "south", south, "Debian Perl Group");
        var file = Path.Combine(root.FullName, "run.json");
        var run = SiteFiles.Run(
            Rounds,
            policy: new { selectingSeconds = 100, collectingSeconds = 100, cohortSize = 2, quorum = 2 },
            schedule: new { type = "automatic", restSeconds = 0 });
        await File.WriteAllTextAsync(file, run, Token);
        await SayAsync("fedlowrank", "runs", "create", "mixed", "--file", file, "--start", "--json");
        await Start("fedlowrank-agent", "run", "--folder", north).LineAsync("connected as");
        await Start("fedlowrank-agent-torch", "run", "--folder", south, "--device", "cpu").LineAsync("connected as");
        await SayAsync("fedlowrank", "runs", "watch", "mixed", "--json");

        foreach (var (program, folder) in new[] { ("fedlowrank-agent", north), ("fedlowrank-agent-torch", south) })
        {
            var status = Last(await SayAsync(program, "status", "--folder", folder, "--json"));
            Assert.Equal(Rounds, status.GetProperty("rounds_reserved").GetInt32());
            Assert.Equal(Rounds, status.GetProperty("rounds_sent").GetInt32());
            Assert.InRange(status.GetProperty("epsilon_spent").GetDouble(), 0.1, 50);
        }

        var devices = await SayAsync("fedlowrank", "agents", "list", "--json");
        Assert.Contains("cores)\"", devices, StringComparison.Ordinal);
        Assert.Contains("libtorch", devices, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JsonElement Last(string lines) =>
        JsonDocument.Parse(lines.Split('\n').Last(line => line.StartsWith('{'))).RootElement;

    private async Task EnrolAsync(string program, string name, string folder, string client)
    {
        var invite = Last(await SayAsync("fedlowrank", "agents", "invite", name, "--json"))
            .GetProperty("invite").GetString()!;
        await SayAsync(program, "enrol", invite, "--folder", folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "policy.json"), SiteFiles.Policy("mixed", client), Token);
    }

    private RunningProgram Start(string program, params string[] arguments)
    {
        running.Add(new(program, Profile, arguments));
        return running[^1];
    }

    /// <summary>Runs a program that must succeed; what it printed.</summary>
    private async Task<string> SayAsync(string program, params string[] arguments)
    {
        await using var said = new RunningProgram(program, Profile, arguments);
        var code = await said.EndAsync();
        Assert.True(
            code == 0,
            $"{program} {string.Join(' ', arguments)} ended with {code}\n{said.Output}\n"
            + string.Join("\n==\n", running.Select(each => each.Output)));
        return said.Output;
    }

    /// <summary>Below those that the system gives to whoever dials.</summary>
    private static string FreePort()
    {
        while (true)
        {
            var port = System.Security.Cryptography.RandomNumberGenerator.GetInt32(20_000, 32_000);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port.ToString(CultureInfo.InvariantCulture);
            }
            catch (SocketException)
            {
                // Taken.
            }
        }
    }
}

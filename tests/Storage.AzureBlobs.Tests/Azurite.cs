using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Azure.Storage;
using Azure.Storage.Blobs;

namespace FedLowRank.Storage.AzureBlobs.Tests;

/// <summary>
/// An Azurite, the emulator of Azure's storage, of this test run alone: on a free port of loopback, in memory, with an
/// account of its own. It is found by FED_AZURITE (a program), on the path, or where CI installs it.
/// </summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Account = "fedlowrank";

    private readonly string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly string folder = Directory.CreateTempSubdirectory("fed-azurite-").FullName;
    private readonly List<string> log = [];
    private Process? server;
    private int port;

    private static string? Program { get; } = Find();

    public async ValueTask InitializeAsync()
    {
        if (Program is not null) await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await KillAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Skips the running test where there is none.</summary>
    public static void Require() => Assert.SkipWhen(
        Program is null, "no Azurite; 'npm install --prefix out/azurite azurite' or set FED_AZURITE to the program");

    public BlobContainerClient Container(string name, BlobClientOptions? options = null) => new(
        new Uri($"http://127.0.0.1:{port}/{Account}/{name}"), new StorageSharedKeyCredential(Account, key), options);

    public async Task StartAsync()
    {
        port = FreePort();
        var start = new ProcessStartInfo(Program!)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{key}" },
        };
        foreach (var argument in (string[])
            [
                "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--inMemoryPersistence", "--disableTelemetry",
                "--skipApiVersionCheck", "--silent",
            ])
        {
            start.ArgumentList.Add(argument);
        }

        server = Process.Start(start)!;
        server.OutputDataReceived += (_, line) => Heard(line.Data);
        server.ErrorDataReceived += (_, line) => Heard(line.Data);
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (tries < 1200 && !server.HasExited)
            {
                await Task.Delay(50);
            }
            catch (SocketException error)
            {
                lock (log) throw new InvalidOperationException(string.Join('\n', log), error);
            }
        }
    }

    private void Heard(string? line)
    {
        lock (log) log.Add(line ?? "");
    }

    private async Task KillAsync()
    {
        server!.Kill(entireProcessTree: true);
        await server.WaitForExitAsync();
        server.Dispose();
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static string? Find()
    {
        const string Name = "azurite-blob";
        if (Environment.GetEnvironmentVariable("FED_AZURITE") is { Length: > 0 } named) return named;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append(FedLowRank.Tests.RepositoryFiles.Path("out/azurite/node_modules/.bin"));
        return folders.Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists);
    }
}

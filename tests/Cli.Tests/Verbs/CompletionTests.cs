using System.Diagnostics;
using FedLowRank.Cli.Commands;

namespace FedLowRank.Cli.Tests.Verbs;

/// <summary>The completion scripts; bash's is run by bash itself.</summary>
public sealed class CompletionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<string> ScriptAsync(string shell)
    {
        using var output = new StringWriter();
        var code = await CommandLine.RunAsync(["completion", shell], new CommandHost(output, output), Token);
        Assert.Equal(ExitCode.Done, code);
        return output.ToString();
    }

    [Theory]
    [InlineData("fedlowrank runs st", "start")]
    [InlineData("fedlowrank ag", "agents")]
    [InlineData("fedlowrank runs pause --ro", "--round")]
    [InlineData("fedlowrank runs pause x --round h", "hold")]
    public async Task Bash_completes_what_there_is(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "there is no bash on this machine");
        var program = Path.Combine(AppContext.BaseDirectory, "fedlowrank.dll");
        var script = $$"""
            fedlowrank() { dotnet '{{program}}' "$@"; }
            {{await ScriptAsync("bash")}}
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            _fedlowrank_complete fedlowrank '{{line.Split(' ')[^1]}}' ''
            printf '%s\n' "${COMPREPLY[@]}"
            complete -p fedlowrank
            """;
        var start = new ProcessStartInfo("/bin/bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var bash = Process.Start(start)!;
        var offered = await bash.StandardOutput.ReadToEndAsync(Token);
        await bash.WaitForExitAsync(Token);
        Assert.Equal(
            [expected, "complete -o default -F _fedlowrank_complete fedlowrank"], offered.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("zsh", "compdef _fedlowrank_complete fedlowrank")]
    [InlineData("fish", "complete -c fedlowrank")]
    public async Task Other_shells_get_a_script_of_their_own(string shell, string expected)
    {
        Assert.Contains(expected, await ScriptAsync(shell), StringComparison.Ordinal);
    }
}

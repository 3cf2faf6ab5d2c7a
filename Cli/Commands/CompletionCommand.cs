using System.CommandLine;

namespace FedLowRank.Cli.Commands;

/// <summary>
/// <c>completion</c>: a script that teaches a shell to complete command lines. The script asks the program itself, so
/// what it offers is always what there is.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # bash completion of fedlowrank. Put into ~/.bashrc:  source <(fedlowrank completion bash)
        _fedlowrank_complete() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(fedlowrank "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$2"))
        }
        complete -o default -F _fedlowrank_complete fedlowrank
        """;

    private const string Zsh = """
        # zsh completion of fedlowrank. Put into ~/.zshrc:  source <(fedlowrank completion zsh)
        _fedlowrank_complete() {
          local -a words_offered
          words_offered=("${(@f)$(fedlowrank "[suggest:$#BUFFER]" "$BUFFER" 2>/dev/null)}")
          if (( ${#words_offered[@]} )); then compadd -- "${words_offered[@]}"; else _files; fi
        }
        compdef _fedlowrank_complete fedlowrank
        """;

    private const string Fish = """
        # fish completion of fedlowrank. Put into ~/.config/fish/completions/fedlowrank.fish
        function __fedlowrank_complete
          set -l line (commandline -cp)
          fedlowrank "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c fedlowrank -a '(__fedlowrank_complete)'
        """;

    public static Command Create(CommandHost host)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the script that completes command lines in a shell.") { shell };
        command.SetAction(parsed =>
        {
            host.Output.WriteLine(parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            });
            return ExitCode.Done;
        });
        return command;
    }
}

namespace FedLowRank.Training.Models;

/// <summary>
/// Finds the linear layers that a list of target names means, by PEFT's rule for <c>target_modules</c>: a module
/// matches a target if its name is the target or ends with a dot and the target.
/// </summary>
public static class LoraTargets
{
    /// <summary>The matching modules, each once, in the model's order.</summary>
    /// <param name="modules">Every linear layer that can be adapted.</param>
    /// <param name="targets">PEFT target names, for example <c>query</c> and <c>value</c>; at least one.</param>
    /// <exception cref="ArgumentException">No targets, or one that matches nothing.</exception>
    public static IReadOnlyList<LinearModule> Resolve(
        IReadOnlyList<LinearModule> modules, IReadOnlyList<string> targets)
    {
        if (targets.Count == 0)
        {
            throw new ArgumentException("no LoRA target is named; expected at least one", nameof(targets));
        }

        foreach (var target in targets)
        {
            if (!modules.Any(m => Matches(m.Name, target)))
            {
                throw new ArgumentException(
                    $"LoRA target '{target}' matches no linear layer of the model; it has {Names(modules)}",
                    nameof(targets));
            }
        }

        return [.. modules.Where(m => targets.Any(t => Matches(m.Name, t)))];
    }

    private static bool Matches(string module, string target) =>
        target.Length > 0
        && module.EndsWith(target, StringComparison.Ordinal)
        && (module.Length == target.Length || module[^(target.Length + 1)] == '.');

    /// <summary>The last parts of the names, as a user would write them; a model repeats them in every layer.</summary>
    private static string Names(IReadOnlyList<LinearModule> modules)
    {
        var names = modules.Select(m => LastParts(m.Name)).Distinct(StringComparer.Ordinal);
        return string.Join(", ", names.Order(StringComparer.Ordinal));
    }

    /// <summary>
    /// What follows the layer's number, for example <c>attention.self.query</c>; the whole name if there is none.
    /// </summary>
    private static string LastParts(string module)
    {
        var parts = module.Split('.');
        var number = Array.FindLastIndex(parts, p => p.Length > 0 && p.All(char.IsAsciiDigit));
        return string.Join('.', parts[(number + 1)..]);
    }
}

using System.Buffers;
using FedLowRank.Aggregation.Adapters;

namespace FedLowRank.Aggregation.Peft;

/// <summary>Tensor names in <c>adapter_model.safetensors</c>.</summary>
internal static class PeftNames
{
    // The path of the base model inside PeftModel(LoraModel(model)).
    private const string Prefix = "base_model.model.";

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    /// <summary>The name in the file of one of the adapter's tensors.</summary>
    public static string ToFile(TensorSpec tensor) => Prefix + tensor.Name;

    /// <summary>The name in the base model of a tensor of the file.</summary>
    /// <exception cref="PeftException">The name does not begin as PEFT's do.</exception>
    public static string FromFile(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length
            ? name[Prefix.Length..]
            : throw new PeftException(PeftError.UnknownTensor, $"tensor {name} does not begin with {Prefix}");

    /// <summary>Whether a name means only itself where PEFT reads it as a regular expression.</summary>
    public static bool IsPlain(string name) => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Plain);
}

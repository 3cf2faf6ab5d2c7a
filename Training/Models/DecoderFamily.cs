namespace FedLowRank.Training.Models;

/// <summary>What decoders differ in besides sizes: tensor names, norms, positions and feed-forward layers.</summary>
public enum DecoderFamily
{
    /// <summary>Llama, Mistral and Qwen2: RMS norms, rotary positions, grouped-query attention, SwiGLU.</summary>
    Llama,

    /// <summary>
    /// GPT-2: layer norms, learned positions, one fused layer for query, key and value, GELU (tanh form); linear
    /// weights lie transposed in the files.
    /// </summary>
    Gpt2,
}

using System.Text.Json.Serialization;

namespace FedLowRank.Aggregation.Rounds.Plans;

/// <summary>
/// How an agent holds the frozen weights of the base model's adapted-or-not linear layers in memory. Embeddings, norms
/// and heads are never quantised.
/// </summary>
public enum WeightFormat
{
    /// <summary>As the files have them, up to the engine's precision.</summary>
    [JsonStringEnumMemberName("full")]
    Full,

    /// <summary>8-bit signed integers with one scale for each group of 64 weights of a row.</summary>
    [JsonStringEnumMemberName("int8")]
    EightBit,

    /// <summary>
    /// 4-bit NormalFloat with one scale for each group of 64 weights of a row (QLoRA, arXiv 2305.14314, section 3).
    /// </summary>
    [JsonStringEnumMemberName("nf4")]
    FourBit,
}

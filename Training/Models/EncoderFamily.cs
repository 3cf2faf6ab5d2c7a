namespace FedLowRank.Training.Models;

/// <summary>What encoders differ in besides sizes: tensor names, positions and head.</summary>
public enum EncoderFamily
{
    /// <summary>
    /// Tensors under <c>roberta.</c>; positions start after the padding id; the head reads <c>&lt;s&gt;</c>.
    /// </summary>
    Roberta,

    /// <summary>Tensors under <c>bert.</c>; positions start at 0; the head reads the pooled <c>[CLS]</c>.</summary>
    Bert,
}

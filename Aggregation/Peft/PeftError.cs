namespace FedLowRank.Aggregation.Peft;

/// <summary>Why an adapter cannot pass between this system and Hugging Face PEFT.</summary>
public enum PeftError
{
    /// <summary>
    /// <c>adapter_config.json</c> is not a JSON object, or a field has a value of the wrong kind or range.
    /// </summary>
    BadConfig,

    /// <summary>
    /// The configuration asks for something that changes what the tensors mean and that is not supported.
    /// </summary>
    UnsupportedOption,

    /// <summary>A tensor's name is not one that a LoRA layer or a saved module has.</summary>
    UnknownTensor,

    /// <summary>A layer has an A without a B, or a B without an A.</summary>
    IncompletePair,

    /// <summary>A tensor's shape does not fit its partner, the configured rank, or what an adapter can hold.</summary>
    BadShape,

    /// <summary>The configuration's lists of modules do not cover a tensor, so that PEFT would not load it.</summary>
    NotCovered,

    /// <summary>A name cannot be written so that PEFT reads it as meant.</summary>
    BadName,
}

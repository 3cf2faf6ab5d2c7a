namespace FedLowRank.Gateway.Console.Drafts;

/// <summary>How a field is written, in the form and in the run file.</summary>
public enum FieldKind
{
    /// <summary>A line of text.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A number or a word.</summary>
    NumberOrWord,

    /// <summary>A list, one a line.</summary>
    Lines,

    /// <summary>Text of many lines.</summary>
    Content,

    /// <summary>One of some words.</summary>
    Choice,

    /// <summary>Yes or no.</summary>
    Flag,
}

namespace FedLowRank.Training.Tokenizers;

/// <summary>A token that is found in the text as it stands, before the text is split into words.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">The text that is looked for, case-sensitive; not empty.</param>
/// <param name="TakesSpaceBefore">White space before it belongs to it (<c>lstrip</c>).</param>
/// <param name="TakesSpaceAfter">White space after it belongs to it (<c>rstrip</c>).</param>
/// <param name="IsNormalized">
/// Looked for after normalisation, in what the other added tokens leave; without a normaliser, as they leave it.
/// </param>
/// <param name="IsSpecial">Left out when ids are decoded.</param>
internal sealed record AddedToken(
    int Id, string Content, bool TakesSpaceBefore, bool TakesSpaceAfter, bool IsNormalized, bool IsSpecial);

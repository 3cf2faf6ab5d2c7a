using FedLowRank.Training.Data;

namespace FedLowRank.Training.Tokenizers;

/// <summary>Opens a Hugging Face <c>tokenizer.json</c> of any kind that is supported.</summary>
public static class Tokenizer
{
    /// <summary>
    /// Reads a <c>tokenizer.json</c>: a <see cref="ByteLevelBpe"/> where the pre-tokenizer is ByteLevel, a
    /// <see cref="SentencePieceBpe"/> where it is Metaspace or absent.
    /// </summary>
    /// <exception cref="InputFileException">
    /// The file cannot be read, contradicts itself, or asks for something that is not supported (named in the message).
    /// </exception>
    public static ITokenizer Read(string path) => From(TokenizerFile.Read(path));

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The content of a <c>tokenizer.json</c>.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static ITokenizer Parse(ReadOnlySpan<byte> json, string name) => From(TokenizerFile.Parse(json, name));

    private static ITokenizer From(TokenizerFile file)
    {
        var splitter = file.Root["pre_tokenizer"];
        if (splitter.IsNull) return SentencePieceBpe.From(file);
        return splitter["type"].Text() switch
        {
            "ByteLevel" => ByteLevelBpe.From(file),
            "Metaspace" => SentencePieceBpe.From(file),
            _ => throw splitter["type"].Error("is not supported; supported are ByteLevel, Metaspace and null"),
        };
    }
}

using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Examples that go through the model together: n rows of T tokens, T that of the longest. A shorter one is filled up
/// with its own first token; attention does not see what is filled up, and the loss does not read it. Its tensors live
/// in the dispose scope that it was made in.
/// </summary>
internal sealed class TokenBatch
{
    private readonly Device device;
    private readonly TokenizedExample[] examples;

    public TokenBatch(TokenizedExample[] examples, Device device)
    {
        this.device = device;
        this.examples = examples;
        Width = examples.Max(e => e.Tokens.Length);
        var ids = new long[examples.Length * Width];
        for (var i = 0; i < ids.Length; i++)
        {
            var tokens = examples[i / Width].Tokens;
            ids[i] = i % Width < tokens.Length ? tokens[i % Width] : tokens[0];
        }

        Ids = Tensor(ids, Count, Width);
        WantedRows = tensor(examples[0].HasLabel ? LastRows() : TargetRows(), device: device);
    }

    /// <summary>n.</summary>
    public int Count => examples.Length;

    /// <summary>T.</summary>
    public int Width { get; }

    /// <summary>The examples, without what was filled up.</summary>
    public IReadOnlyList<TokenizedExample> Examples => examples;

    /// <summary>Token ids, n x T, Int64.</summary>
    public Tensor Ids { get; }

    /// <summary>
    /// Which of the n T rows a decoder's head reads: a classifier's the last token of each example, else every token
    /// that has a next one.
    /// </summary>
    public Tensor WantedRows { get; }

    /// <summary>True where all examples have T tokens.</summary>
    public bool IsFull => examples.All(e => e.Tokens.Length == Width);

    /// <summary>The true labels, n, Int64.</summary>
    public Tensor Labels() => tensor(examples.Select(e => (long)e.Label).ToArray(), device: device);

    /// <summary>The next token of every wanted row, Int64.</summary>
    public Tensor Targets() =>
        tensor(examples.SelectMany(e => e.Tokens[1..].ToArray()).Select(t => (long)t).ToArray(), device: device);

    /// <summary>The weight of every wanted row in its example's mean loss, F32.</summary>
    public Tensor TargetWeights() => tensor(
        examples.SelectMany(e => Enumerable.Repeat(1f / (e.Tokens.Length - 1), e.Tokens.Length - 1)).ToArray(),
        device: device);

    /// <summary>n x 1 x 1 x T: true where there is a token to attend to; null where all are.</summary>
    public Tensor? KeyMask()
    {
        if (IsFull)
        {
            return null;
        }

        var lengths = Tensor([.. examples.Select(e => (long)e.Tokens.Length)], Count, 1);
        return arange(Width, ScalarType.Int64, device).unsqueeze(0).less(lengths).view(Count, 1, 1, Width);
    }

    /// <summary>A matrix of row numbers on the device.</summary>
    public Tensor Tensor(long[] values, int rows, int columns) =>
        tensor(values, [rows, columns], ScalarType.Int64, device);

    private long[] LastRows() => [.. examples.Select((e, i) => ((long)i * Width) + e.Tokens.Length - 1)];

    private long[] TargetRows() => [.. examples.SelectMany(
        (e, i) => Enumerable.Range(0, e.Tokens.Length - 1).Select(t => ((long)i * Width) + t))];
}

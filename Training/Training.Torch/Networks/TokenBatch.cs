using static TorchSharp.torch;

namespace FedLowRank.Training.Torch.Networks;

/// <summary>
/// Examples that go through the model together: n rows of T tokens. A shorter example is filled up with its own first
/// token; attention does not see what is filled up, and the loss does not read it. Where there are fewer examples than
/// rows, the first is repeated. Its tensors live in the dispose scope that it was made in.
/// </summary>
internal sealed class TokenBatch
{
    private readonly Device device;
    private readonly BatchShape shape;
    private readonly TokenizedExample[] examples;

    /// <param name="examples">At least one, none longer than the shape.</param>
    /// <param name="shape">n and T.</param>
    /// <param name="device">Where the tensors go.</param>
    public TokenBatch(TokenizedExample[] examples, BatchShape shape, Device device)
    {
        this.device = device;
        this.shape = shape;
        ExampleCount = examples.Length;
        this.examples = [.. examples, .. Enumerable.Repeat(examples[0], Count - ExampleCount)];
        var ids = new long[Count * Width];
        for (var i = 0; i < ids.Length; i++)
        {
            var tokens = this.examples[i / Width].Tokens;
            ids[i] = i % Width < tokens.Length ? tokens[i % Width] : tokens[0];
        }

        Ids = Tensor(ids, Count, Width);
        WantedRows = tensor(examples[0].HasLabel ? LastRows() : TargetRows(), device: device);
    }

    /// <summary>n.</summary>
    public int Count => shape.Rows;

    /// <summary>T.</summary>
    public int Width => shape.Width;

    /// <summary>How many of the rows, from the first, are examples and no repetitions.</summary>
    public int ExampleCount { get; }

    /// <summary>The example of each row.</summary>
    public IReadOnlyList<TokenizedExample> Examples => examples;

    /// <summary>Token ids, n x T, Int64.</summary>
    public Tensor Ids { get; }

    /// <summary>
    /// Which of the n T rows a decoder's head reads: a classifier's the last token of each example, else n (T - 1):
    /// every token but the last.
    /// </summary>
    public Tensor WantedRows { get; }

    /// <summary>The true labels, n, Int64.</summary>
    public Tensor Labels() => tensor(examples.Select(e => (long)e.Label).ToArray(), device: device);

    /// <summary>The next token of every wanted row, Int64; any where there is none.</summary>
    public Tensor Targets()
    {
        var targets = new long[Count * (Width - 1)];
        for (var i = 0; i < Count; i++)
        {
            var tokens = examples[i].Tokens;
            for (var t = 1; t < tokens.Length; t++)
            {
                targets[(i * (Width - 1)) + t - 1] = tokens[t];
            }
        }

        return tensor(targets, device: device);
    }

    /// <summary>
    /// The weight of every wanted row in its example's mean loss, F32; 0 where there is no next token.
    /// </summary>
    public Tensor TargetWeights()
    {
        var weights = new float[Count * (Width - 1)];
        for (var i = 0; i < Count; i++)
        {
            var targets = examples[i].Tokens.Length - 1;
            weights.AsSpan(i * (Width - 1), targets).Fill(1f / targets);
        }

        return tensor(weights, device: device);
    }

    /// <summary>n x 1 x 1 x T: true where there is a token to attend to.</summary>
    public Tensor KeyMask()
    {
        var lengths = Tensor([.. examples.Select(e => (long)e.Tokens.Length)], Count, 1);
        return arange(Width, ScalarType.Int64, device).unsqueeze(0).less(lengths).view(Count, 1, 1, Width);
    }

    /// <summary>A matrix of row numbers on the device.</summary>
    public Tensor Tensor(long[] values, int rows, int columns) =>
        tensor(values, [rows, columns], ScalarType.Int64, device);

    private long[] LastRows() => [.. examples.Select((e, i) => ((long)i * Width) + e.Tokens.Length - 1)];

    private long[] TargetRows() => [.. Enumerable.Range(0, Count).SelectMany(
        i => Enumerable.Range(0, Width - 1).Select(t => ((long)i * Width) + t))];
}

using FedLowRank.Training.Engine.Kernels;

namespace FedLowRank.Training.Engine.Decoders;

/// <summary>
/// The loss of each example, the mean cross-entropy over its own target tokens, and its gradient. Logits are made for
/// some rows at a time, never for all tokens. One object for each worker: it holds scratch.
/// </summary>
internal sealed unsafe class NextTokenLoss : IDisposable
{
    // 16 MiB of logits, but whole steps of rows: a multiple of every kernel's tile, and enough of them that the output
    // matrix is not read too often.
    private const int LogitsMax = 1 << 22;
    private const int RowsStep = 48;

    private readonly AlignedBuffer logits = new();

    /// <summary>Predictions from the final hidden states.</summary>
    /// <param name="matrix">The output matrix.</param>
    /// <param name="hidden">q x d: every token of each example but its last.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="queries">Which rows belong to which example.</param>
    /// <param name="predictions">One for each example.</param>
    public void Evaluate(
        VocabularyMatrix matrix, MatrixRef hidden, in MicroBatch batch, in QueryRows queries,
        Span<Prediction> predictions)
    {
        var (example, sum) = (0, 0.0);
        for (var start = 0; start < queries.Count; start += RowsOf(matrix))
        {
            var rows = Math.Min(RowsOf(matrix), queries.Count - start);
            var block = Logits(matrix, hidden, start, rows);
            for (var row = 0; row < rows; row++)
            {
                var t = start + row - queries.Starts[example];
                var tokens = batch.Examples[example].Tokens;
                sum += CrossEntropy.Loss(block.Row(row), matrix.VocabularySize, tokens[t + 1]);
                if (t + 2 == tokens.Length)
                {
                    predictions[example++] = Prediction.OfTokens(sum / (t + 1), t + 1);
                    sum = 0;
                }
            }
        }
    }

    /// <summary>Gradients of each example's loss with respect to its final hidden states.</summary>
    /// <param name="matrix">The output matrix.</param>
    /// <param name="hidden">q x d: every token of each example but its last.</param>
    /// <param name="batch">The examples.</param>
    /// <param name="queries">Which rows belong to which example.</param>
    /// <param name="dHidden">q x d.</param>
    public void Gradient(
        VocabularyMatrix matrix, MatrixRef hidden, in MicroBatch batch, in QueryRows queries, MatrixRef dHidden)
    {
        var example = 0;
        for (var start = 0; start < queries.Count; start += RowsOf(matrix))
        {
            var rows = Math.Min(RowsOf(matrix), queries.Count - start);
            var block = Logits(matrix, hidden, start, rows);
            for (var row = 0; row < rows; row++)
            {
                example += start + row == queries.Starts[example + 1] ? 1 : 0;
                var tokens = batch.Examples[example].Tokens;
                var target = tokens[start + row - queries.Starts[example] + 1];
                CrossEntropy.Gradient(block.Row(row), matrix.VocabularySize, target, 1f / (tokens.Length - 1));
            }

            matrix.Backward(block, rows, dHidden.Row(start));
        }
    }

    public void Dispose() => logits.Dispose();

    private static int RowsOf(VocabularyMatrix matrix) =>
        Math.Max(1, LogitsMax / matrix.VocabularySize / RowsStep) * RowsStep;

    private MatrixRef Logits(VocabularyMatrix matrix, MatrixRef hidden, int start, int rows)
    {
        var block = new MatrixRef(
            logits.Reserve((long)rows * matrix.VocabularySize), matrix.VocabularySize);
        matrix.Forward(hidden.Row(start), rows, block);
        return block;
    }
}

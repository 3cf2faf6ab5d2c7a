using System.IO.Pipelines;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;

namespace FedLowRank.Silo.Clustering;

/// <summary>
/// A connection's pipes with TLS on them: what is read and written through it is plain, what travels is not.
/// </summary>
internal sealed class TlsTransport : IDuplexPipe, IAsyncDisposable
{
    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    private readonly SslStream tls;

    private TlsTransport(SslStream tls)
    {
        this.tls = tls;
        Input = PipeReader.Create(tls, new(leaveOpen: true));
        Output = PipeWriter.Create(tls, new(leaveOpen: true));
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>For a connection's pipeline: serves the rest of it once the peer is proven, and never before.</summary>
    /// <param name="next">The rest.</param>
    /// <param name="handshake">Proves the peer, as who dials or who is dialled; throws where it cannot.</param>
    public static ConnectionDelegate On(
        ConnectionDelegate next, Func<SslStream, CancellationToken, Task> handshake) => async connection =>
        {
            var plain = connection.Transport;
            await using var secured = new SslStream(new PipesStream(plain), leaveInnerStreamOpen: false);
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed))
            {
                patience.CancelAfter(HandshakeMax);
                await handshake(secured, patience.Token);
            }

            await using var transport = new TlsTransport(secured);
            connection.Transport = transport;
            try
            {
                await next(connection);
            }
            finally
            {
                connection.Transport = plain;
            }
        };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        await tls.DisposeAsync();
    }

    /// <summary>Two pipes as the stream that TLS asks for.</summary>
    private sealed class PipesStream(IDuplexPipe pipes) : Stream
    {
        private readonly Stream input = pipes.Input.AsStream(leaveOpen: true);
        private readonly Stream output = pipes.Output.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override void Flush() => output.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

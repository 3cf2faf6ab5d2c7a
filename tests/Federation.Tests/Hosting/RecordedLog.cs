using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Federation.Tests.Hosting;

/// <summary>Keeps what was told.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    /// <summary>All that was told, in order.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception?.Message}");

    public void Dispose()
    {
    }
}

using FedLowRank.Federation.Storage.Blobs;
using FedLowRank.Federation.Storage.Journals;
using FedLowRank.Federation.Work;

namespace FedLowRank.Cli.Serving;

/// <summary>What a server is built on.</summary>
/// <param name="Journal">All that it remembers.</param>
/// <param name="Blobs">Adapters, updates and checkpoints.</param>
/// <param name="Work">Its part of a round.</param>
internal sealed record ServerParts(IJournal Journal, IBlobStore Blobs, IRoundWork Work);

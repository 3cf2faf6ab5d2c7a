using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Federation.Checkpoints;

namespace FedLowRank.Gateway.Uploads;

/// <summary>What the server's work knows of updates.</summary>
internal interface IUpdateChecks
{
    Task<AdapterShape> ShapeAsync(BlobHash manifest, CancellationToken cancellationToken);

    Task<Screening> InspectAsync(
        UpdateForm form, Stream content, bool isPrivate, CancellationToken cancellationToken);
}

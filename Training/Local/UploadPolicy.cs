namespace FedLowRank.Training.Local;

/// <summary>
/// Who says that the run is private. Both fields must be written out, and both must be false before an update without
/// noise can be sent: no default lets one through.
/// </summary>
public sealed record UploadPolicy
{
    /// <summary>What the run's plan says.</summary>
    public required bool RunIsPrivate { get; init; }

    /// <summary>What the owner of the data says.</summary>
    public required bool OwnerWantsPrivacy { get; init; }
}

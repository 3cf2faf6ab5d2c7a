namespace FedLowRank.ClientAgent.Commands;

/// <summary>What <c>enrol --json</c> says.</summary>
internal sealed record EnrolFigures(
    string Agent, Uri Server, string Folder, string Policy, DateTimeOffset CertificateExpires, bool IsNew);

/// <summary>What <c>run --json</c> says as it ends.</summary>
/// <param name="Folder">The agent's.</param>
/// <param name="Stopped">Always true: an agent that ends otherwise fails.</param>
internal sealed record RunFigures(string Folder, bool Stopped);

/// <summary>What <c>status --json</c> says; what is not known is null.</summary>
internal sealed record StatusFigures
{
    public required string Folder { get; init; }

    public required string? Agent { get; init; }

    public required string? Role { get; init; }

    /// <summary>Whether an agent has the folder now.</summary>
    public required bool IsRunning { get; init; }

    public required bool IsConnected { get; init; }

    public required DateTimeOffset? CertificateExpires { get; init; }

    public required DateTimeOffset? RenewAt { get; init; }

    /// <summary>sound, damaged or missing; damaged ones are explained by <c>doctor</c>.</summary>
    public required string Ledger { get; init; }

    public required double? EpsilonSpent { get; init; }

    public required double? EpsilonMax { get; init; }

    public required double? Delta { get; init; }

    public required int RoundsReserved { get; init; }

    public required int RoundsSent { get; init; }

    public required int RoundsLost { get; init; }

    public required int RoundsRefused { get; init; }

    /// <summary>Rounds that protect no text; no epsilon covers them.</summary>
    public required int RoundsWithoutPrivacy { get; init; }

    public required IReadOnlyList<OrderFigures> Orders { get; init; }

    /// <summary>What is wrong with the policy; null where it is good.</summary>
    public required string? PolicyProblem { get; init; }
}

/// <summary>The last order of a run.</summary>
internal sealed record OrderFigures(string Run, string Order, string? Round, DateTimeOffset At);

/// <summary>What <c>doctor --json</c> says.</summary>
internal sealed record DoctorFigures(bool Ok, IReadOnlyList<FindingFigures> Findings);

/// <summary>One line of it.</summary>
internal sealed record FindingFigures(string Check, string Level, string Message, string? Advice);

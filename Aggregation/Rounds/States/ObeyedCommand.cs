using FedLowRank.Aggregation.Rounds.Messages;
using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Aggregation.Rounds.States;

/// <summary>A command that was obeyed.</summary>
/// <param name="Id">Of the command.</param>
/// <param name="By">Who asked.</param>
/// <param name="Command">What for.</param>
/// <param name="At">When, by the server's clock.</param>
public sealed record ObeyedCommand(CommandId Id, string By, RunCommand Command, DateTimeOffset At);

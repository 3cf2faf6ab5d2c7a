using FedLowRank.Federation.Hosting.Journaling;
using FedLowRank.Federation.Identity.Enrolment;
using FedLowRank.Federation.Identity.Json;
using FedLowRank.Federation.Service;
using FedLowRank.Federation.Storage.Journals;

namespace FedLowRank.Federation.Hosting.People;

/// <summary>One agent's enrolment on a journal, and what the agent says of itself.</summary>
internal sealed class Enrolment(StateStream<EnrolmentState, EnrolmentEvent> stream, AuditService audit)
    : IAsyncDisposable
{
    /// <summary>How enrolments are stored.</summary>
    public static readonly StateForm<EnrolmentState, EnrolmentEvent> Form = new(
        IdentityJson.Write, IdentityJson.ReadEnrolment, IdentityJson.ReadEnrolmentEvent,
        (state, happened) => EnrolmentMachine.Apply(state, happened).State);

    private volatile AgentFacts? facts;

    /// <summary>Changes of it, one at a time.</summary>
    public Changes<EnrolmentState, EnrolmentEvent> Changes { get; } = new(stream, audit, IdentityJson.Write);

    /// <summary>The durable state; null where the first invite is not stored yet.</summary>
    public EnrolmentState? State => Changes.State;

    /// <summary>What the agent says of itself; lost with the process.</summary>
    public AgentFacts? Facts
    {
        get => facts;
        set => facts = value;
    }

    /// <summary>Names of the streams.</summary>
    public static StreamName Name(string agent) => new(Prefix + agent);

    /// <summary>How the names of all enrolments begin.</summary>
    public const string Prefix = "agents/";

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Changes.DisposeAsync();
}

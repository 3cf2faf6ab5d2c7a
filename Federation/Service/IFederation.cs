namespace FedLowRank.Federation.Service;

/// <summary>
/// The application service: all that the gateway, and through it agents and people, can ask of a federation. One
/// process serves it, or a cluster; whoever calls does not notice. What a method has answered is durable.
/// </summary>
public interface IFederation
{
    /// <summary>Runs and their rounds.</summary>
    IRunService Runs { get; }

    /// <summary>Who may speak as an agent.</summary>
    IAgentService Agents { get; }

    /// <summary>Who may use the admin listener.</summary>
    IUserService Users { get; }

    /// <summary>What was done, and by whom.</summary>
    IAuditService Audit { get; }
}

namespace FedLowRank.ClientAgent.Doctor;

/// <summary>How a thing is.</summary>
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>The agent works, but somebody should know.</summary>
    Warn,

    /// <summary>This keeps the agent from training.</summary>
    Fail,
}

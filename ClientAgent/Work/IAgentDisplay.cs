namespace FedLowRank.ClientAgent.Work;

/// <summary>What the owner sees and the server does not.</summary>
internal interface IAgentDisplay
{
    /// <summary>One line.</summary>
    void Say(string line);

    /// <summary>Shows how far a piece of work is while it is done.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="steps">How many steps it takes.</param>
    /// <param name="work">Calls its argument with the number of steps done.</param>
    T Follow<T>(string title, int steps, Func<Action<int>, T> work);
}

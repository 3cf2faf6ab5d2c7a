using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Hosting;

namespace FedLowRank.Gateway.Access;

/// <summary>Who may use an address. Every address has exactly one; without it the server does not start.</summary>
internal abstract record AccessRule
{
    private AccessRule()
    {
    }

    /// <summary>Whether the address is there at all for whoever came in by this listener.</summary>
    public abstract bool IsOn(ListenerKind listener);

    /// <summary>Anybody who reaches the admin listener.</summary>
    /// <param name="OnBoth">Agents too, on theirs.</param>
    public sealed record Open(bool OnBoth = false) : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => OnBoth || listener == ListenerKind.Admin;
    }

    /// <summary>Anybody who reaches the admin listener, and seldom.</summary>
    public sealed record Enrolment : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => listener == ListenerKind.Admin;
    }

    /// <summary>An agent whose certificate is admitted.</summary>
    public sealed record Agent : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => listener == ListenerKind.Agent;
    }

    /// <summary>A person in a browser, signed in to the console, whose role allows the action.</summary>
    public sealed record Page(AdminAction Action) : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => listener == ListenerKind.Admin;
    }

    /// <summary>As <see cref="Page"/>, for a form that one of our own pages has sent.</summary>
    public sealed record Form(AdminAction Action) : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => listener == ListenerKind.Admin;
    }

    /// <summary>A person whose role allows the action.</summary>
    public sealed record Person(AdminAction Action) : AccessRule
    {
        public override bool IsOn(ListenerKind listener) => listener == ListenerKind.Admin;
    }
}

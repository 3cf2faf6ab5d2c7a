namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>Why a text is no invite. All of it is told by the text alone: no server was asked.</summary>
public abstract record InviteRefusal : IdentityRefusal
{
    private InviteRefusal(string code, string message)
        : base(code, message)
    {
    }

    /// <summary>Something else altogether.</summary>
    public sealed record NotAnInvite() : InviteRefusal(
        "not-an-invite", $"this is no invite; one begins with {InviteText.Prefix}");

    /// <summary>Of another version of the product.</summary>
    public sealed record OtherVersion() : InviteRefusal(
        "invite-version",
        $"this invite is of another version; this build reads those that begin with {InviteText.Prefix}");

    /// <summary>Characters are missing, too many or changed.</summary>
    public sealed record Mistyped() : InviteRefusal(
        "invite-mistyped", "the invite is incomplete or mistyped: copy the whole word again");

    /// <summary>Copied well, and made wrongly.</summary>
    public sealed record Malformed(string Problem) : InviteRefusal(
        "invite-malformed", $"the invite was made wrongly: {Problem}");
}

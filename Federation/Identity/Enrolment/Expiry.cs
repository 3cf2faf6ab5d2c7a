using FedLowRank.Aggregation.Rounds.Values;

namespace FedLowRank.Federation.Identity.Enrolment;

/// <summary>What time alone does to an enrolment.</summary>
internal static class Expiry
{
    /// <summary>The state with all that has run out taken away; the very same object where nothing has.</summary>
    public static EnrolmentState Settle(EnrolmentState state, DateTimeOffset now)
    {
        var settled = Status(state, now);
        return settled.Retired.Any(retired => retired.NotAfter <= now)
            ? settled with { Retired = settled.Retired.Where(retired => retired.NotAfter > now).ToValueList() }
            : settled;
    }

    private static EnrolmentState Status(EnrolmentState state, DateTimeOffset now) => state.Status switch
    {
        EnrolmentStatus.Invited { Invite: var invite } when invite.Expires <= now =>
            state with { Status = new EnrolmentStatus.Expired(invite.Expires, invite) },
        EnrolmentStatus.Enrolled enrolled => Enrolled(state, enrolled, now),
        _ => state,
    };

    private static EnrolmentState Enrolled(EnrolmentState state, EnrolmentStatus.Enrolled enrolled, DateTimeOffset now)
    {
        if (enrolled.Invite is { } open && open.Expires <= now)
            return Enrolled(state, enrolled with { Invite = null }, now);
        if (enrolled.Next is { } next && next.NotAfter <= now)
            return Enrolled(state, enrolled with { Next = null }, now);
        if (enrolled.Current.NotAfter > now)
            return enrolled == state.Status ? state : state with { Status = enrolled };
        if (enrolled.Next is { } left)
            return state with { Status = enrolled with { Current = left, Next = null, Redeemed = null } };
        return enrolled.Invite is { } invite
            ? state with { Role = invite.Role, Status = new EnrolmentStatus.Invited(invite) }
            : state with { Status = new EnrolmentStatus.Expired(enrolled.Current.NotAfter, Invite: null) };
    }
}

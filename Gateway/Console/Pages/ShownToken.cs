using FedLowRank.Federation.Identity.Users;

namespace FedLowRank.Gateway.Console.Pages;

/// <summary>A token as it is shown, once.</summary>
/// <param name="Name">Whom it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Text">The word to give them.</param>
/// <param name="Days">How long it holds.</param>
public sealed record ShownToken(UserName Name, AdminRole Role, string Text, int Days);

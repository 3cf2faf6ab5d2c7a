using System.Globalization;
using FedLowRank.Federation.Instruments;
using FedLowRank.Federation.Wire;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Errors;

/// <summary>A refusal on its way to whoever asked: <c>application/problem+json</c>.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Detail">One sentence for people.</param>
internal sealed record Refused(int Status, string Code, string Detail) : IResult
{
    /// <summary>When asking again may help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where an upload goes on.</summary>
    public long? UploadOffset { get; init; }

    /// <summary>How to prove who one is.</summary>
    public string? Challenge { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        FederationInstruments.OnRefused(Code);
        var headers = httpContext.Response.Headers;
        if (RetryAfter is { } wait)
            headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (UploadOffset is { } offset)
            headers[Routes.UploadOffsetHeader] = offset.ToString(CultureInfo.InvariantCulture);
        if (Challenge is not null) headers.WWWAuthenticate = Challenge;
        headers.CacheControl = "no-store";
        httpContext.Response.StatusCode = Status;
        httpContext.Response.ContentLength = null;
        var title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(Status);
        return httpContext.Response.WriteAsJsonAsync(
            new Problem(title, Status, Code, Detail, httpContext.TraceIdentifier),
            WireJson.Default.Problem, "application/problem+json", CancellationToken.None);
    }
}

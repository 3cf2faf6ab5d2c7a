using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Errors;

/// <summary>
/// Makes every error a problem document, whoever it comes from. What we did wrong is told in the log only.
/// </summary>
internal sealed partial class ProblemMapping(
    RequestDelegate next, IHostApplicationLifetime lifetime, ILogger<ProblemMapping> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400 } answer &&
                (answer.ContentType is null || answer.StatusCode == StatusCodes.Status416RangeNotSatisfiable))
                await Refusals.Of(http.Response.StatusCode).ExecuteAsync(http);
        }
        catch (Exception error)
        {
            if (http.Response.HasStarted)
            {
                // Nothing can be said any more; a broken connection tells that the answer is not whole.
                if (!http.RequestAborted.IsCancellationRequested) BrokenOff(error, http.TraceIdentifier);
                http.Abort();
                return;
            }

            http.Response.Clear();
            SecurityHeaders.Set(http.Response.Headers, isSecure: false);
            await TellAsync(http, error);
        }
    }

    private Task TellAsync(HttpContext http, Exception error)
    {
        var refused = Refusals.Of(error) ?? error switch
        {
            _ when lifetime.ApplicationStopping.IsCancellationRequested =>
                new Refused(503, "stopping", "the server stops; ask again") { RetryAfter = TimeSpan.FromSeconds(5) },
            OperationCanceledException =>
                new Refused(408, "too-slow", "the request took longer than the server waits"),
            _ => null,
        };
        refused ??= new(500, "internal", "the server failed; its log knows more under the trace id");
        if (refused.Status == 500) Failed(error, http.TraceIdentifier);
        return refused.ExecuteAsync(http);
    }

    [LoggerMessage(5020, LogLevel.Error, "Request {TraceId} failed.")]
    private partial void Failed(Exception error, string traceId);

    [LoggerMessage(5021, LogLevel.Warning, "The answer to request {TraceId} broke off.")]
    private partial void BrokenOff(Exception error, string traceId);
}

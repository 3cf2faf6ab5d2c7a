using System.Globalization;
using System.Net;
using System.Text.Json;
using FedLowRank.Cli.Commands;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Cli.Admin;

/// <summary>Turns what a server answers in place of what was asked into an error with an exit code.</summary>
internal static class Problems
{
    private const int BytesMax = 64 << 10;

    public static async Task<AdminException> ReadAsync(
        HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var exit = ExitFor(answer.StatusCode);
        var problem = await ProblemAsync(answer, cancellationToken);
        return problem is not null
            ? new AdminException(problem.Code, problem.Detail, exit)
            : new AdminException(
                "http-" + ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture),
                $"the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}", exit);
    }

    private static int ExitFor(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.NotAllowed,
        HttpStatusCode.NotFound => ExitCode.NotFound,
        HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => ExitCode.Unreachable,
        >= HttpStatusCode.InternalServerError => ExitCode.Failure,
        _ => ExitCode.Refused,
    };

    private static async Task<Problem?> ProblemAsync(
        HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json") return null;
        try
        {
            using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            var json = new byte[BytesMax];
            var length = await body.ReadAtLeastAsync(json, BytesMax, throwOnEndOfStream: false, cancellationToken);
            return JsonSerializer.Deserialize(json.AsSpan(0, length), WireJson.Default.Problem);
        }
        catch (Exception error) when (error is JsonException or IOException or HttpRequestException)
        {
            return null;
        }
    }
}

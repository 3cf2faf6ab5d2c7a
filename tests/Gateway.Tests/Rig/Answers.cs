using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FedLowRank.Federation.Wire;

namespace FedLowRank.Gateway.Tests.Rig;

/// <summary>Asks and reads answers.</summary>
internal static class Answers
{
    public static HttpContent Json(string text) => new StringContent(text, Encoding.UTF8, "application/json");

    public static HttpContent Json<T>(T value, JsonTypeInfo<T> form) => Json(JsonSerializer.Serialize(value, form));

    public static async Task<T> ReadAsync<T>(this Task<HttpResponseMessage> sent, JsonTypeInfo<T> form)
    {
        using var answer = await sent;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize(text, form)!;
    }

    /// <summary>The answer is this refusal, in the form that all have.</summary>
    public static async Task<Problem> RefusedAsync(this Task<HttpResponseMessage> sent, int status, string code)
    {
        using var answer = await sent;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} is not {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonSerializer.Deserialize(text, WireJson.Default.Problem)!;
        Assert.Equal(code, problem.Code);
        Assert.Equal(status, problem.Status);
        Assert.False(string.IsNullOrEmpty(problem.TraceId), "no trace id");
        Assert.False(string.IsNullOrEmpty(problem.Detail), "no detail");
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        return problem;
    }

    public static async Task NoContentAsync(this Task<HttpResponseMessage> sent)
    {
        using var answer = await sent;
        Assert.True(
            answer.StatusCode == HttpStatusCode.NoContent,
            $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}

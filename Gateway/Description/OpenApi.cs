using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace FedLowRank.Gateway.Description;

/// <summary>
/// The description of all addresses of version 1, of both listeners; open, as it says nothing of this server.
/// </summary>
internal static class OpenApi
{
    public const string Path = "/v1/openapi.json";

    // Written as their text.
    private static readonly Type[] Texts = [typeof(RunId), typeof(AgentId), typeof(CommandId), typeof(BlobHash)];

    public static void Add(IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "FedLowRank",
                Version = ProgramVersion.Text,
                Description = "Operations tagged 'agents' are on the agent listener, over mutual TLS; all others on " +
                    "the admin listener, with a bearer token unless they are authority, " +
                    "enrol, health or this document.",
            };
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            if (!Texts.Contains(context.JsonTypeInfo.Type)) return Task.CompletedTask;
            schema.Type = JsonSchemaType.String;
            if (context.JsonTypeInfo.Type == typeof(BlobHash)) schema.Pattern = "^[0-9a-f]{64}$";
            return Task.CompletedTask;
        });
    });

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapOpenApi(Path).WithMetadata(new AccessRule.Open());
}

using FedLowRank.Federation.Checkpoints;
using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FedLowRank.Gateway.Checkpoints;

/// <summary>The addresses of a checkpoint, alike on both listeners.</summary>
internal static class CheckpointEndpoints
{
    /// <summary>Maps them.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="path">With run and manifest.</param>
    /// <param name="name">Where the operations' names begin.</param>
    /// <param name="access">Who may; told whether it is about the parts.</param>
    public static void Map(IEndpointRouteBuilder routes, string path, string name, Func<bool, AccessRule> access)
    {
        routes.MapGet(path, (string run, string manifest, CheckpointDownloads downloads, HttpContext http) =>
                downloads.ManifestAsync(Names.Run(run), Names.Hash(manifest), http.RequestAborted))
            .For(access(false), $"{name}.checkpoint").Transfer().Produces(200, contentType: "application/json");
        routes.MapGet(
                path + "/signature",
                (string run, string manifest, CheckpointDownloads downloads, HttpContext http) =>
                    downloads.SignatureAsync(Names.Run(run), Names.Hash(manifest), http.RequestAborted))
            .For(access(false), $"{name}.checkpoint.signature").Produces<SignedCheckpoint>();
        routes.MapGet(
                path + "/parts/{index}",
                (string run, string manifest, string index, CheckpointDownloads downloads, HttpContext http) =>
                    downloads.PartAsync(Names.Run(run), Names.Hash(manifest), index, http.RequestAborted))
            .For(access(true), $"{name}.checkpoint.part").Transfer()
            .Produces(200, contentType: "application/octet-stream");
    }
}

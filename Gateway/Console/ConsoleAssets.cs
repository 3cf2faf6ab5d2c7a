using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Console;

/// <summary>
/// Style sheets, script and icon, under addresses that change with their content, so that browsers may keep them.
/// </summary>
internal static class ConsoleAssets
{
    private static readonly Asset Style = Asset.Read("console.css", "text/css");
    private static readonly Asset Charts = Asset.Read("charts.css", "text/css");
    private static readonly Asset Forms = Asset.Read("forms.css", "text/css");
    private static readonly Asset Script = Asset.Read("console.js", "text/javascript");
    private static readonly Asset Icon = Asset.Read("icon.svg", "image/svg+xml");

    public static string IconAddress { get; } = Icon.Address;

    public static string StyleAddress { get; } = Style.Address;

    public static string ChartsAddress { get; } = Charts.Address;

    /// <summary>Style of forms and logs.</summary>
    public static string FormsAddress { get; } = Forms.Address;

    public static string ScriptAddress { get; } = Script.Address;

    /// <summary>A file by the last part of its address.</summary>
    public static IResult Serve(string file, HttpContext http)
    {
        var found = Array.Find(
            [Style, Charts, Forms, Script, Icon],
            asset => asset.Address.EndsWith($"/{file}", StringComparison.Ordinal));
        if (found is null) return TypedResults.NotFound();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(found.Content, found.MediaType);
    }

    private sealed record Asset(string Address, string MediaType, byte[] Content)
    {
        public static Asset Read(string name, string mediaType)
        {
            using var stream = typeof(ConsoleAssets).Assembly.GetManifestResourceStream($"console/{name}")!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            var version = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6));
            return new($"{ConsoleRoutes.Assets}/{version}-{name}", mediaType, content);
        }
    }
}

using System.Xml.Linq;
using FedLowRank.Federation.Identity.Users;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Tests.Rig;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace FedLowRank.Gateway.Tests.Console;

/// <summary>Pages and parts as text.</summary>
internal static class Rendered
{
    /// <summary>A component as an owner sees it.</summary>
    public static async Task<string> PageAsync<TComponent>(
        this GatewayRig rig, params (string Name, object? Value)[] parameters)
        where TComponent : IComponent
    {
        var http = new DefaultHttpContext { RequestServices = rig.Server.Services };
        http.Features.Set(new SignedInUser("owner", AdminRole.Owner));
        return await ConsolePage.RenderAsync(
            http, typeof(TComponent),
            parameters.ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal));
    }

    /// <summary>All drawings in a text.</summary>
    public static IReadOnlyList<XElement> Drawings(string html)
    {
        var drawings = new List<XElement>();
        for (var start = 0; (start = html.IndexOf("<svg", start, StringComparison.Ordinal)) >= 0;)
        {
            var end = html.IndexOf("</svg>", start, StringComparison.Ordinal) + "</svg>".Length;
            drawings.Add(XElement.Parse(html[start..end]));
            start = end;
        }

        return drawings;
    }
}

using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Console;

/// <summary>Renders components to text; nothing of them stays alive.</summary>
internal sealed class ConsolePage(int status, Type component, IReadOnlyDictionary<string, object?> parameters) : IResult
{
    /// <summary>
    /// Nothing but what this server sends: no inline script or style, no other site, no frame around it.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>A page of a component.</summary>
    public static ConsolePage Of<TComponent>(params (string Name, object? Value)[] parameters)
        where TComponent : IComponent => Of<TComponent>(StatusCodes.Status200OK, parameters);

    /// <summary>A page of a component, with a status of its own.</summary>
    public static ConsolePage Of<TComponent>(int status, params (string Name, object? Value)[] parameters)
        where TComponent : IComponent =>
        new(status, typeof(TComponent), parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var text = await RenderAsync(httpContext, component, parameters);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;

        // Without a referrer at all browsers would not name the site that a form comes from.
        response.Headers["Referrer-Policy"] = "same-origin";
        await response.WriteAsync(text, httpContext.RequestAborted);
    }

    /// <summary>A component's text, in the context of who asks.</summary>
    public static async Task<string> RenderAsync(
        HttpContext http, Type component, IReadOnlyDictionary<string, object?> parameters)
    {
        var services = http.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        var all = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            [nameof(Scene.Context)] = PageContext.Of(http),
            [nameof(Scene.Component)] = component,
            [nameof(Scene.Parameters)] = parameters,
        };
        return await renderer.Dispatcher.InvokeAsync(
            async () => (await renderer.RenderComponentAsync<Scene>(ParameterView.FromDictionary(all))).ToHtmlString());
    }
}

using FedLowRank.Gateway.Access;
using FedLowRank.Gateway.Admin;
using FedLowRank.Gateway.Agents;
using FedLowRank.Gateway.Checkpoints;
using FedLowRank.Gateway.Console;
using FedLowRank.Gateway.Console.Drafts;
using FedLowRank.Gateway.Console.Exports;
using FedLowRank.Gateway.Console.History;
using FedLowRank.Gateway.Console.Sessions;
using FedLowRank.Gateway.Console.Spectra;
using FedLowRank.Gateway.Description;
using FedLowRank.Gateway.Errors;
using FedLowRank.Gateway.Events;
using FedLowRank.Gateway.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FedLowRank.Gateway.Hosting;

/// <summary>Puts the gateway together.</summary>
internal static partial class GatewayApplication
{
    public static WebApplication Build(GatewayOptions options, GatewayParts parts)
    {
        // Empty: nothing is read of settings files and the environment, where another program's settings may be.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        AddParts(builder.Services, options, parts);
        AddServices(builder.Services, options);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .UseSockets().ConfigureServices(services => services
                .AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>()
                .Configure<Listeners>((kestrel, listeners) => listeners.Configure(kestrel)).Services
                .AddOptions<Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions>()
                .Configure<Listeners>((sockets, listeners) => sockets.CreateBoundListenSocket = listeners.Listen));

        var application = builder.Build();
        Use(application, options);
        OpenEndpoints.Map(application);
        ServerEndpoints.Map(application);
        RunEndpoints.Map(application);
        PeopleEndpoints.Map(application);
        AgentEndpoints.Map(application);
        RoundEndpoints.Map(application);
        ConsoleEndpoints.Map(application);
        OpenApi.Map(application);
        AccessCheck.Require(((IEndpointRouteBuilder)application).DataSources.SelectMany(source => source.Endpoints));
        if (options.IsDevelopment)
            DevelopmentMode(parts.Logging.CreateLogger<GatewayServer>(), options.AdminEndpoint.Address.ToString());
        return application;
    }

    private static void AddParts(IServiceCollection services, GatewayOptions options, GatewayParts parts) => services
        .AddSingleton(options)
        .AddSingleton(parts)
        .AddSingleton(parts.Federation)
        .AddSingleton(parts.Blobs)
        .AddSingleton(parts.Authority)
        .AddSingleton(parts.Time)
        .AddSingleton(parts.Logging)
        .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
        .AddSingleton<IHostLifetime, NoLifetime>();

    private static void AddServices(IServiceCollection services, GatewayOptions options)
    {
        services.AddSingleton<BoundAddresses>().AddSingleton<ServerCertificate>().AddSingleton<Listeners>()
            .AddSingleton<LiveAgents>().AddSingleton<TurnedAway>()
            .AddSingleton<UploadSlots>().AddSingleton<UploadDesk>().AddSingleton<UpdateForms>()
            .AddSingleton<UpdateUploads>().AddSingleton<StartUploads>().AddSingleton<CheckpointDownloads>()
            .AddSingleton<SessionSeal>().AddSingleton<ConsoleAccess>().AddSingleton<LiveParts>()
            .AddSingleton<FleetWatch>()
            .AddSingleton<SpectrumBook>().AddSingleton<RunViews>().AddSingleton<DraftDesk>()
            .AddSingleton<AdapterArchive>().AddSingleton<SettingsBook>()
            .AddSingleton<EventStream>().AddSingleton<Heartbeat>()
            .AddSingleton(provider => new SignIn(
                options, provider.GetRequiredService<Federation.Service.IFederation>(),
                options.Oidc is null ? null : ActivatorUtilities.CreateInstance<WebTokens>(provider, options.Oidc)));
        services.AddHostedService(provider => provider.GetRequiredService<Heartbeat>());
        services.AddHostedService<CutOffs>();
        services.AddHostedService(provider => provider.GetRequiredService<SpectrumBook>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Limits.StopTimeout);
        services.AddRoutingCore();
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => StrictJson.Configure(json.SerializerOptions));
        services.AddRateLimiter(rates => Rates.Configure(rates, options.Limits));
        services.AddRequestTimeouts(timeouts =>
        {
            timeouts.DefaultPolicy = new() { Timeout = options.Limits.RequestTimeout };
            timeouts.AddPolicy(EndpointRules.TransferPolicy, options.Limits.TransferTimeout);
        });
        OpenApi.Add(services);
    }

    private static void Use(WebApplication application, GatewayOptions options)
    {
        application.Use((http, next) =>
        {
            SecurityHeaders.Set(http.Response.Headers, isSecure: !options.IsDevelopment);
            return next(http);
        });
        application.UseMiddleware<ProblemMapping>();
        if (options.IsDevelopment) application.UseMiddleware<DevelopmentGuard>();
        application.UseRouting();
        application.UseRateLimiter();
        application.UseRequestTimeouts();
        application.UseMiddleware<AccessControl>();
    }

    [LoggerMessage(
        5000, LogLevel.Warning,
        "DEVELOPMENT MODE: whoever reaches {Address} of this machine is owner of this federation, without a token.")]
    private static partial void DevelopmentMode(ILogger log, string address);
}

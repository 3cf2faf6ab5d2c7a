using FedLowRank.Grains.Faults;
using FedLowRank.Grains.Serialization;
using FedLowRank.Grains.Work;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Cloning;

namespace FedLowRank.Grains;

/// <summary>Makes a silo, or a client of silos, one of this federation's.</summary>
public static class GrainsHosting
{
    /// <summary>A silo that hosts the grains. Clustering and reminders are for the caller to choose.</summary>
    public static ISiloBuilder AddFederation(this ISiloBuilder silo, GrainParts parts)
    {
        AddValues(silo.Services);
        silo.Services.AddSingleton(parts);
        silo.Services.AddSingleton(new SiloAge(parts.Time.GetUtcNow()));
        silo.Services.AddSingleton<WorkPlaces>();
        silo.AddIncomingGrainCallFilter<ActivationLostFilter>();
        silo.Services.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
        return silo;
    }

    /// <summary>A client, which hosts none.</summary>
    public static IClientBuilder AddFederation(this IClientBuilder client)
    {
        AddValues(client.Services);
        return client;
    }

    private static void AddValues(IServiceCollection services)
    {
        services.AddSerializer(serializer => serializer.AddJsonSerializer(
            DomainJson.IsDomain,
            isCopyable: _ => false,
            options => options.Configure(json => json.SerializerOptions = DomainJson.Options)));
        services.AddSingleton<IGeneralizedCopier, DomainCopier>();
        services.AddSingleton<ITypeNameFilter, DomainTypes>();
    }
}

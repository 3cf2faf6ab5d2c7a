using System.IO.Compression;
using System.Text.Json;
using FedLowRank.Privacy.Accounting;
using FedLowRank.Tests;

namespace FedLowRank.Privacy.Tests.Accounting;

/// <summary>Reference values from public accountants and high-precision arithmetic; the file says which.</summary>
internal sealed record GoldenValues(
    EpsilonPoint[] Epsilon, CalibrationPoint[] Calibration, RdpPoint[] Rdp, ZcdpPoint[] Zcdp)
{
    private static readonly JsonSerializerOptions SnakeCase =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static GoldenValues Instance { get; } = Read();

    private static GoldenValues Read()
    {
        using var file = File.OpenRead(RepositoryFiles.Path("tests", "golden", "dp.json.gz"));
        using var text = new GZipStream(file, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<GoldenValues>(text, SnakeCase)!;
    }
}

internal sealed record Phase(double Q, double Sigma, long Steps)
{
    public MechanismEvent Event => new(Q, Sigma, Steps);
}

internal sealed record EpsilonPoint(
    string Id, Phase[] Phases, double Delta, double Opacus, double TruthLow, double TruthHigh)
{
    public MechanismEvent[] Events => [.. Phases.Select(phase => phase.Event)];
}

internal sealed record CalibrationPoint(
    string Id, double Q, long Steps, double Epsilon, double Delta, double? Exact, double? Opacus, double DpAccounting);

internal sealed record RdpPoint(string Id, double Q, double Sigma, double Order, double Exact);

internal sealed record ZcdpPoint(string Id, double Rho, double Delta, double CksOptimal);

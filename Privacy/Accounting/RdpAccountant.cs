using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace FedLowRank.Privacy.Accounting;

/// <summary>
/// Accountant by Renyi differential privacy: divergences add up over all events at each order, and the best order is
/// turned into (epsilon, delta). An upper bound, typically 5 to 15 % above the exact epsilon. Safe for concurrent use.
/// </summary>
public sealed class RdpAccountant : IAccountant
{
    private const int CachedMax = 256;

    private readonly ImmutableArray<double> orders;
    private readonly ConcurrentDictionary<(double Rate, double Sigma), double[]> cache = new();

    /// <summary>Uses <see cref="DefaultOrders"/>.</summary>
    public RdpAccountant()
        : this(DefaultOrders)
    {
    }

    /// <summary>Uses chosen orders.</summary>
    /// <exception cref="ArgumentException">No order, or an order that is not above 1 and finite.</exception>
    public RdpAccountant(IEnumerable<double> orders)
    {
        this.orders = [.. orders];
        if (this.orders.IsEmpty || this.orders.Any(order => !double.IsFinite(order) || order <= 1))
        {
            throw new ArgumentException("there must be orders, all finite and above 1", nameof(orders));
        }
    }

    /// <summary>
    /// 1.1 to 10.9 in steps of 0.1 and 11 to 64 (with which the public accountants get along), finer towards 1 for
    /// large epsilon, and in steps of 9 % up to 1,024 for small epsilon.
    /// </summary>
    public static ImmutableArray<double> DefaultOrders { get; } =
    [
        .. Enumerable.Range(1, 28).Select(k => 1 + 0.1 * Math.Pow(2, -k / 4.0)).Reverse(),
        .. Enumerable.Range(11, 99).Select(k => k / 10.0),
        .. Enumerable.Range(11, 54).Select(k => (double)k),
        .. Enumerable.Range(1, 32).Select(k => 64 * Math.Pow(2, k / 8.0)),
    ];

    /// <inheritdoc/>
    public string Name => "rdp";

    /// <inheritdoc/>
    public double Epsilon(IReadOnlyList<MechanismEvent> events, double delta)
    {
        Limits.Within(delta, double.Epsilon, Math.BitDecrement(1), "delta");
        var divergences = Compose(events);
        if (divergences.All(divergence => divergence == 0))
        {
            return 0;
        }

        return orders.Zip(divergences, (order, divergence) => Epsilon(order, divergence, delta)).Min();
    }

    /// <summary>
    /// Divergence to epsilon: Balle et al., arXiv 1905.09982, theorem 21, which is Canonne, Kamath and Steinke,
    /// arXiv 2004.00010, proposition 12. A bound below 0 is a bound of 0.
    /// </summary>
    private static double Epsilon(double order, double divergence, double delta)
    {
        var perDelta = -(Math.Log(delta) + Math.Log(order)) / (order - 1);
        var perOrder = Math.Log(1 - 1 / order);
        var rounding = Math.ScaleB(divergence + Math.Abs(perDelta) + Math.Abs(perOrder), -50);
        return Math.Max(0, divergence + perDelta + perOrder + rounding);
    }

    private double[] Compose(IReadOnlyList<MechanismEvent> events)
    {
        var total = new double[orders.Length];
        foreach (var step in events.Where(step => step.Steps > 0))
        {
            var divergences = OfOneStep(step.Rate, step.Sigma);
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += step.Steps * divergences[i];
            }
        }

        return total;
    }

    private double[] OfOneStep(double rate, double sigma)
    {
        // A calibration passes many sigmas through, few of which come again.
        if (cache.Count > CachedMax)
        {
            cache.Clear();
        }

        return cache.GetOrAdd(
            (rate, sigma), key => SampledGaussianRdp.Compute(key.Rate, key.Sigma, orders.AsSpan()));
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FedLowRank.Training.Data;

/// <summary>
/// Ways to deal the rows of one table out to clients. Every row lands in exactly one client; clients come in ordinal
/// order of their names, or by number, and the same arguments give the same clients everywhere.
/// </summary>
public static class ClientSplits
{
    private const int ClientsMax = 100_000;
    private const int DrawsMax = 100;

    /// <summary>The table's own clients.</summary>
    public static IReadOnlyList<ClientShard> ByClient(IReadOnlyList<TextRow> rows) => GroupBy(rows, row => row.Client);

    /// <summary>The table's clients, joined into organisations.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="map">Organisation of each client.</param>
    /// <param name="unlisted">The organisation of clients that are not listed; null where that is an error.</param>
    /// <exception cref="InputFileException">A client is not listed.</exception>
    public static IReadOnlyList<ClientShard> ByOrganisation(
        IReadOnlyList<TextRow> rows, OrganisationMap map, string? unlisted = null) =>
        GroupBy(rows, row => map.OrganisationOf(row.Client, unlisted));

    /// <summary>
    /// Divides one client into parts <c>client-1</c> to <c>client-k</c>: part 1 + (h mod k), where h is the first 8
    /// bytes, big-endian, of SHA-256 over the id in UTF-8. A row's part depends on nothing but its id and k. Rows of
    /// other clients stay as they are.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// No row is of that client, or one is already of a client named like a part.
    /// </exception>
    public static IReadOnlyList<TextRow> DivideClient(IReadOnlyList<TextRow> rows, string client, int parts)
    {
        RequireClients(parts, nameof(parts));
        string[] names = [.. Enumerable.Range(1, parts).Select(part => Numbered(client, part))];
        if (rows.All(row => row.Client != client))
            throw new ArgumentException($"no row is of client \"{client}\"", nameof(client));
        var taken = names.Intersect(rows.Select(row => row.Client), StringComparer.Ordinal).FirstOrDefault();
        if (taken is not null) throw new ArgumentException($"there is already a client \"{taken}\"", nameof(client));

        return [.. rows.Select(row => row.Client == client ? row with { Client = names[PartOf(row.Id)] } : row)];

        int PartOf(string id)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(id));
            return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)parts);
        }
    }

    /// <summary>
    /// Equal shares of the shuffled rows, <c>agent-1</c> to <c>agent-k</c>; sizes differ by at most one.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer rows than clients.</exception>
    public static IReadOnlyList<ClientShard> Iid(IReadOnlyList<TextRow> rows, int clients, int seed)
    {
        RequireClients(clients, nameof(clients));
        if (rows.Count < clients)
            throw new ArgumentException($"{rows.Count} rows are too few for {clients} clients", nameof(clients));
        var shuffled = new SplitRandom((ulong)seed).Shuffled(rows);
        return Agents(shuffled.Select((row, index) => (index % clients, row)), clients);
    }

    /// <summary>
    /// Shares with skewed labels, <c>agent-1</c> to <c>agent-k</c>: the rows of each label are dealt out in proportions
    /// drawn from a symmetric Dirichlet(alpha) over the clients (Yurochkin et al., arXiv 1905.12022, section 4; Li et
    /// al., arXiv 2102.02079, section 4.1). Small alpha: few clients hold a label; large alpha: as <see cref="Iid"/>.
    /// Drawn anew until every client has <paramref name="rowsMin"/> rows.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="clients">Number of clients k.</param>
    /// <param name="alpha">Concentration, from 0.01 to 10^6.</param>
    /// <param name="rowsMin">Fewest rows of a client, at least 1.</param>
    /// <param name="seed">The same seed gives the same shares.</param>
    /// <exception cref="ArgumentException">No draw out of 100 gave every client enough rows.</exception>
    public static IReadOnlyList<ClientShard> Dirichlet(
        IReadOnlyList<TextRow> rows, int clients, double alpha, int rowsMin, int seed)
    {
        RequireClients(clients, nameof(clients));
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMin, 1);
        if (alpha is not (>= 0.01 and <= 1e6))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "must be from 0.01 to 1000000");

        TextRow[][] byLabel = [.. rows.GroupBy(row => row.Label, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray())];
        var random = new SplitRandom((ulong)seed);
        for (var draw = 0; draw < DrawsMax; draw++)
        {
            (int Client, TextRow Row)[] dealt = [.. byLabel.SelectMany(label => Deal(label, clients, alpha, random))];
            var counts = new int[clients];
            foreach (var (client, _) in dealt) counts[client]++;
            if (counts.Min() >= rowsMin) return Agents(dealt, clients);
        }
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"no split of {rows.Count} rows at alpha {alpha} gave each of {clients} clients at least {rowsMin} rows");
        throw new ArgumentException(message, nameof(rowsMin));
    }

    /// <summary>
    /// Deals one label's rows: client i gets those between the rounded sums of shares up to i - 1 and up to i.
    /// </summary>
    private static IEnumerable<(int Client, TextRow Row)> Deal(
        TextRow[] rows, int clients, double alpha, SplitRandom random)
    {
        var shares = random.Dirichlet(alpha, clients);
        var shuffled = random.Shuffled(rows);
        var (start, sum) = (0, 0.0);
        for (var client = 0; client < clients; client++)
        {
            sum += shares[client];
            var end = client == clients - 1 ? rows.Length : Math.Min((int)Math.Round(sum * rows.Length), rows.Length);
            for (; start < end; start++) yield return (client, shuffled[start]);
        }
    }

    private static ClientShard[] Agents(IEnumerable<(int Client, TextRow Row)> dealt, int clients)
    {
        var byClient = dealt.ToLookup(pair => pair.Client, pair => pair.Row);
        return [.. Enumerable.Range(0, clients)
            .Select(client => new ClientShard(Numbered("agent", client + 1), [.. byClient[client]]))];
    }

    private static ClientShard[] GroupBy(IReadOnlyList<TextRow> rows, Func<TextRow, string> nameOf) =>
        [.. rows.GroupBy(nameOf, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new ClientShard(group.Key, [.. group]))];

    private static string Numbered(string name, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");

    private static void RequireClients(int clients, string parameter)
    {
        if (clients is < 1 or > ClientsMax)
            throw new ArgumentOutOfRangeException(parameter, clients, $"must be from 1 to {ClientsMax}");
    }
}

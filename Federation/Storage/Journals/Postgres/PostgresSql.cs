namespace FedLowRank.Federation.Storage.Journals.Postgres;

/// <summary>
/// The statements. Each is a transaction by itself, so that it happens whole or not at all and sees one moment.
/// </summary>
internal static class PostgresSql
{
    /// <summary>
    /// $1 name, $2 expected last, $3 append, $4 seals, $5 payloads. Changes no row where another was first.
    /// </summary>
    public const string Append = "with head as (" +
        "update fedlowrank.streams set last = last + cardinality($5::bytea[]) where name = $1 and last = $2 " +
        "returning key) " + InsertEntries;

    /// <summary>The same for a stream that is to begin, where $2 is 0.</summary>
    public const string Begin = "with head as (" +
        "insert into fedlowrank.streams (name, first, last) values ($1, 1, cardinality($5::bytea[])) " +
        "on conflict (name) do nothing returning key) " + InsertEntries;

    /// <summary>$1 name, $2 a number. The last number, and which append has stored the entry of that number.</summary>
    public const string WhoWasFirst = """
        select s.last, e.append
        from fedlowrank.streams s left join fedlowrank.entries e on e.stream = s.key and e.number = $2
        where s.name = $1
        """;

    /// <summary>$1 name, $2 first number, $3 most entries. At least one row where the stream is there.</summary>
    public const string ReadPage = """
        select s.key, s.first, s.last,
            (select max(number) from fedlowrank.entries where stream = s.key),
            e.number, e.seal, e.payload
        from fedlowrank.streams s left join lateral (
            select number, seal, payload from fedlowrank.entries
            where stream = s.key and number >= $2 order by number limit $3) e on true
        where s.name = $1 order by e.number
        """;

    /// <summary>$1 name, $2 number, $3 seal, $4 state.</summary>
    public const string SaveSnapshot = """
        insert into fedlowrank.snapshots (stream, number, seal, state)
        select key, $2, $3, $4 from fedlowrank.streams where name = $1 and last >= $2
        on conflict (stream) do update set number = excluded.number, seal = excluded.seal, state = excluded.state
        where fedlowrank.snapshots.number <= excluded.number
        """;

    /// <summary>$1 name.</summary>
    public const string ReadSnapshot = """
        select p.number, p.seal, p.state
        from fedlowrank.snapshots p join fedlowrank.streams s on s.key = p.stream where s.name = $1
        """;

    /// <summary>$1 name, $2 through. Counts what it removed.</summary>
    public const string Prune = """
        with head as (
            update fedlowrank.streams s set first = greatest(s.first, least($2, p.number) + 1)
            from fedlowrank.snapshots p where p.stream = s.key and s.name = $1
            returning s.key, s.first)
        delete from fedlowrank.entries e using head where e.stream = head.key and e.number < head.first
        """;

    /// <summary>$1 name.</summary>
    public const string Find = Summaries + " where s.name = $1";

    /// <summary>$1 and $2: from a name to before a name.</summary>
    public const string List = Summaries + " where s.name >= $1 and s.name < $2 order by s.name";

    /// <summary>$1 name.</summary>
    public const string Delete = "delete from fedlowrank.streams where name = $1";

    private const string InsertEntries = """
        insert into fedlowrank.entries (stream, number, append, seal, payload)
        select head.key, $2 + e.place, $3, e.seal, e.payload
        from head, unnest($4::bytea[], $5::bytea[]) with ordinality as e (seal, payload, place)
        """;

    private const string Summaries = """
        select s.name, s.first, s.last, p.number
        from fedlowrank.streams s left join fedlowrank.snapshots p on p.stream = s.key
        """;
}

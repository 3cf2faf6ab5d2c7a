using FedLowRank.Federation.Storage.Journals.Postgres;

namespace FedLowRank.Silo.Schema;

/// <summary>
/// The tables of Orleans' ADO.NET providers. A provider reads its statements from <c>orleansquery</c>, which it finds
/// by the connection's search path, and knows nothing else of the tables.
/// </summary>
internal static class ClusterTables
{
    /// <summary>The schema; the search path of the providers' connections.</summary>
    public const string Schema = "fedlowrank_cluster";

    /// <summary>What <c>run</c> writes; it only reads the others.</summary>
    public static readonly IReadOnlyList<string> Written = ["clusters", "silos", "reminders"];

    /// <summary>
    /// Every change of a cluster's silos also raises the cluster's version, in one statement, so that of two who act on
    /// the same version one is refused. Numbers of reminders' versions are never used twice, so that a reminder that
    /// was deleted and made again is another.
    /// </summary>
    private const string First = """
        create table fedlowrank_cluster.orleansquery (
            querykey text primary key,
            querytext text not null);
        create table fedlowrank_cluster.clusters (
            name text primary key,
            version integer not null default 0);
        create table fedlowrank_cluster.silos (
            cluster text not null references fedlowrank_cluster.clusters (name) on delete cascade,
            address text not null,
            port integer not null,
            generation integer not null,
            name text not null,
            host text not null,
            status integer not null,
            gateway_port integer not null,
            suspicions text,
            started_at timestamptz not null,
            alive_at timestamptz not null,
            primary key (cluster, address, port, generation));
        create sequence fedlowrank_cluster.reminder_versions as integer cycle;
        create table fedlowrank_cluster.reminders (
            service text not null,
            grain text not null,
            name text not null,
            grain_hash integer not null,
            first_at timestamptz not null,
            period_ms bigint not null,
            version integer not null,
            primary key (service, grain, name));
        create index reminders_by_hash on fedlowrank_cluster.reminders (service, grain_hash);

        """;

    /// <summary>
    /// One script for each version; a published one never changes, and so, once there is a second, the statements that
    /// the first has inserted.
    /// </summary>
    public static readonly PostgresTables Tables = new(Schema, [First + Statements(ClusterStatements.All)]);

    private static string Statements(IEnumerable<KeyValuePair<string, string>> statements) => string.Concat(
        statements.Select(statement =>
            $"insert into {Schema}.orleansquery values ('{statement.Key}', $text${statement.Value}$text$);\n"));
}

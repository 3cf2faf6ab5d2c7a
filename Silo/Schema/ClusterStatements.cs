namespace FedLowRank.Silo.Schema;

/// <summary>
/// The statements by which Orleans' ADO.NET providers, 10.4, use the tables. Keys, parameters and names of columns are
/// the providers'; each statement is atomic by itself. Statuses are Orleans' <c>SiloStatus</c>: 3 is active, 6 dead.
/// </summary>
internal static class ClusterStatements
{
    private const string ThisSilo = """
        s.cluster = @DeploymentId and s.address = @Address and s.port = @Port and s.generation = @Generation
        """;

    private const string Members = """
        select s.address as "Address", s.port as "Port", s.generation as "Generation", s.name as "SiloName",
            s.host as "HostName", s.status as "Status", s.gateway_port as "ProxyPort",
            s.suspicions as "SuspectTimes", s.started_at as "StartTime", s.alive_at as "IAmAliveTime",
            c.version as "Version"
        from fedlowrank_cluster.clusters c
        left join fedlowrank_cluster.silos s on s.cluster = c.name
        """;

    private const string Reminders = """
        select grain as "GrainId", name as "ReminderName", first_at as "StartTime", period_ms as "Period",
            version as "Version"
        from fedlowrank_cluster.reminders where service = @ServiceId
        """;

    /// <summary>By the providers' keys.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        // Whether the cluster was not known before.
        ["InsertMembershipVersionKey"] = """
            with made as (
                insert into fedlowrank_cluster.clusters (name) values (@DeploymentId)
                on conflict (name) do nothing returning name)
            select exists (select from made)
            """,

        // A cluster without silos has one row, with its version and nulls.
        ["MembershipReadAllKey"] = $"{Members} where c.name = @DeploymentId",
        ["MembershipReadRowKey"] =
            $"{Members} and s.address = @Address and s.port = @Port and s.generation = @Generation " +
            "where c.name = @DeploymentId",

        // Whoever comes second at a version waits for the first, and then finds another version.
        ["InsertMembershipKey"] = $"""
            with raised as (
                update fedlowrank_cluster.clusters set version = version + 1
                where name = @DeploymentId and version = @Version
                    and not exists (select from fedlowrank_cluster.silos s where {ThisSilo})
                returning name),
            made as (
                insert into fedlowrank_cluster.silos (
                    cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
                select name, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime,
                    @IAmAliveTime
                from raised returning cluster)
            select exists (select from made)
            """,
        ["UpdateMembershipKey"] = $"""
            with raised as (
                update fedlowrank_cluster.clusters set version = version + 1
                where name = @DeploymentId and version = @Version
                    and exists (select from fedlowrank_cluster.silos s where {ThisSilo})
                returning name),
            changed as (
                update fedlowrank_cluster.silos s
                set status = @Status, suspicions = @SuspectTimes, alive_at = @IAmAliveTime
                from raised where {ThisSilo} returning s.cluster)
            select exists (select from changed)
            """,
        ["UpdateIAmAlivetimeKey"] = $"update fedlowrank_cluster.silos s set alive_at = @IAmAliveTime where {ThisSilo}",
        ["GatewaysQueryKey"] = """
            select address as "Address", gateway_port as "ProxyPort", generation as "Generation"
            from fedlowrank_cluster.silos
            where cluster = @DeploymentId and status = @Status and gateway_port > 0
            """,
        ["DeleteMembershipTableEntriesKey"] = "delete from fedlowrank_cluster.clusters where name = @DeploymentId",
        ["CleanupDefunctSiloEntriesKey"] = """
            delete from fedlowrank_cluster.silos
            where cluster = @DeploymentId and status <> 3 and greatest(started_at, alive_at) < @IAmAliveTime
            """,

        // The same for one silo, if nothing has changed since it was read. Not every provider of 10.4 asks for it.
        ["CleanupDefunctSiloEntryKey"] = $"""
            delete from fedlowrank_cluster.silos s
            where {ThisSilo} and s.status = 6 and s.started_at = @StartTime and s.alive_at = @IAmAliveTime
                and nullif(s.suspicions, '') is not distinct from nullif(@SuspectTimes, '')
            """,

        ["ReadReminderRowsKey"] = $"{Reminders} and grain = @GrainId",
        ["ReadReminderRowKey"] = $"{Reminders} and grain = @GrainId and name = @ReminderName",

        // A range excludes its begin and includes its end; one whose end is not above its begin goes round.
        ["ReadRangeRows1Key"] = $"{Reminders} and grain_hash > @BeginHash and grain_hash <= @EndHash",
        ["ReadRangeRows2Key"] = $"{Reminders} and (grain_hash > @BeginHash or grain_hash <= @EndHash)",
        ["UpsertReminderRowKey"] = """
            insert into fedlowrank_cluster.reminders (
                service, grain, name, grain_hash, first_at, period_ms, version)
            values (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period,
                nextval('fedlowrank_cluster.reminder_versions'))
            on conflict (service, grain, name) do update
            set first_at = excluded.first_at, period_ms = excluded.period_ms, grain_hash = excluded.grain_hash,
                version = excluded.version
            returning version as "Version"
            """,
        ["DeleteReminderRowKey"] = """
            with gone as (
                delete from fedlowrank_cluster.reminders
                where service = @ServiceId and grain = @GrainId and name = @ReminderName and version = @Version
                returning name)
            select exists (select from gone)
            """,
        ["DeleteReminderRowsKey"] = "delete from fedlowrank_cluster.reminders where service = @ServiceId",
    };
}

namespace FedLowRank.Federation.Tests.Storage.Journals;

/// <summary>Tests that share the server, one after another.</summary>
[CollectionDefinition(Name)]
public sealed class SharesPostgres : ICollectionFixture<PrivatePostgres>
{
    public const string Name = "PostgreSQL";
}

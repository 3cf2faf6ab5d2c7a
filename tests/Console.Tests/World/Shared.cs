namespace FedLowRank.ConsoleTests.World;

/// <summary>The tests of the console, one after the other on one server and one browser.</summary>
[CollectionDefinition(Name)]
public sealed class Shared : ICollectionFixture<ConsoleWorld>, ICollectionFixture<Chromium>
{
    public const string Name = "console";
}

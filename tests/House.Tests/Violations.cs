namespace FedLowRank.House.Tests;

internal static class Violations
{
    /// <summary>Fails with all of them in full, so that one run is enough to mend them.</summary>
    public static void None(IEnumerable<string> found)
    {
        var lines = found.ToList();
        if (lines.Count > 0) Assert.Fail(string.Join('\n', lines));
    }
}

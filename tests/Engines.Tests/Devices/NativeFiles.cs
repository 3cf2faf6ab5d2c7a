namespace FedLowRank.Engines.Tests.Devices;

/// <summary>Native libraries as they were built.</summary>
internal static class NativeFiles
{
    /// <summary>The one copy of a file beside the tests.</summary>
    public static string Path(string name) => Assert.Single(
        Directory.GetFiles(AppContext.BaseDirectory, name, SearchOption.AllDirectories));
}

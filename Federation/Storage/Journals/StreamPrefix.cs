namespace FedLowRank.Federation.Storage.Journals;

/// <summary>Prefixes of names as ranges of them, so that no character of a name is a wild card.</summary>
internal static class StreamPrefix
{
    /// <summary>Above every name that begins with the prefix: no name holds '~' or a later character.</summary>
    public static string End(string prefix) => prefix + '~';
}

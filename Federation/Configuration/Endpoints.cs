using System.Net;

namespace FedLowRank.Federation.Configuration;

/// <summary>Addresses to listen on, in configurations and on command lines.</summary>
public static class Endpoints
{
    /// <summary>Reads an address such as <c>127.0.0.1:8444</c> or <c>[::1]:8444</c>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static IPEndPoint Parse(string text) =>
        text.LastIndexOf(':') is > 0 and var colon && text.IndexOf(']', StringComparison.Ordinal) is var bracket &&
        (bracket < 0 ? text.IndexOf(':', StringComparison.Ordinal) == colon : bracket == colon - 1) &&
        IPEndPoint.TryParse(text, out var endpoint)
            ? endpoint
            : throw new FormatException($"'{text}' is no address to listen on; expected for example 127.0.0.1:8444");

    /// <summary>An address that may be missing or null.</summary>
    public static IPEndPoint? Endpoint(this ConfigObject root, string name)
    {
        if (root.OptionalText(name) is not { } text) return null;
        try
        {
            return Parse(text);
        }
        catch (FormatException error)
        {
            root.Fail(name, $"is \"{text}\": {error.Message}");
            return null;
        }
    }
}

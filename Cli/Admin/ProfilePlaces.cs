using FedLowRank.Federation.Identity.Files;

namespace FedLowRank.Cli.Admin;

/// <summary>Where profiles are looked for.</summary>
/// <param name="Variable">Value of <see cref="VariableName"/>; null where it is not set.</param>
/// <param name="Folder">The current folder.</param>
/// <param name="Settings">The user's folder of settings.</param>
internal sealed record ProfilePlaces(string? Variable, string Folder, string Settings)
{
    public const string VariableName = "FEDLOWRANK_PROFILE";

    /// <summary>Folder that a server uses where nothing else is said.</summary>
    public const string ServerFolder = "fedlowrank-server";

    /// <summary>The profile that a server writes for its first owner, in its folder.</summary>
    public const string OwnerFile = "owner.json";

    /// <summary>The places of this process.</summary>
    public static ProfilePlaces OfProcess() => new(
        Environment.GetEnvironmentVariable(VariableName) is { Length: > 0 } path ? path : null,
        Environment.CurrentDirectory,
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData));

    /// <summary>
    /// The profile that was named, or the first of the usual ones that is there. A profile that is named must be there.
    /// </summary>
    /// <exception cref="AdminException">There is none, or it cannot be used.</exception>
    public Profile Find(string? named)
    {
        if ((named ?? Variable) is { } wanted) return Read(Path.GetFullPath(wanted, Folder));
        string[] usual =
        [
            Path.Combine(Folder, ServerFolder, OwnerFile),
            Path.Combine(Settings, "fedlowrank", "profile.json"),
        ];
        if (usual.FirstOrDefault(File.Exists) is { } found) return Read(found);
        throw AdminException.BadInput(
            "no-profile",
            $"no profile was found: --profile is not given, {VariableName} is not set, and there is neither " +
            $"{usual[0]} nor {usual[1]}. Start a server with 'fedlowrank serve', or copy the profile that its owner " +
            "gave you to the last of these places");
    }

    private static Profile Read(string path)
    {
        try
        {
            return ProfileFile.Read(path);
        }
        catch (IdentityFileException error) when (error.Problem == FileProblem.Missing)
        {
            throw AdminException.BadInput("no-profile", $"{path}: there is no such profile", error);
        }
        catch (IdentityFileException error)
        {
            throw AdminException.BadInput("bad-profile", error.Message, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AdminException.BadInput("bad-profile", $"{path}: cannot be read: {error.Message}", error);
        }
    }
}

namespace FedLowRank.Training.Data;

/// <summary>
/// Which organisation each client of a table belongs to, from a JSON object of lists:
/// <c>{ "organisation": ["client", ...], ... }</c>.
/// </summary>
public sealed class OrganisationMap
{
    private const long BytesMax = 16 << 20;

    private readonly Dictionary<string, string> organisationOf = new(StringComparer.Ordinal);
    private readonly string file;

    private OrganisationMap(JsonField root, string file)
    {
        this.file = file;
        foreach (var (organisation, clients) in root.Members())
            foreach (var client in clients.Items())
                if (!organisationOf.TryAdd(client.Text(), organisation))
                    throw client.Error($"is also in \"{organisationOf[client.Text()]}\"");
    }

    /// <summary>Reads a JSON file.</summary>
    /// <exception cref="InputFileException">The file cannot be read, or a client stands in two places.</exception>
    public static OrganisationMap Read(string path) => new(JsonField.ReadFile(path, BytesMax), path);

    /// <summary>As <see cref="Read"/>, from memory.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputFileException">As <see cref="Read"/>.</exception>
    public static OrganisationMap Parse(ReadOnlySpan<byte> json, string name) => new(JsonField.Parse(json, name), name);

    /// <summary>The client's organisation.</summary>
    /// <param name="client">Name of the client.</param>
    /// <param name="unlisted">The organisation of clients that are not listed; null where that is an error.</param>
    /// <exception cref="InputFileException">The client is not listed.</exception>
    public string OrganisationOf(string client, string? unlisted = null) =>
        organisationOf.GetValueOrDefault(client) ?? unlisted
        ?? throw new InputFileException(file, "", $"client \"{client}\" of the data is in no organisation");

    /// <summary>Clients of an organisation, in ordinal order.</summary>
    /// <exception cref="InputFileException">There is no such organisation.</exception>
    public IReadOnlyList<string> ClientsOf(string organisation)
    {
        string[] clients = [.. organisationOf.Where(pair => pair.Value == organisation).Select(pair => pair.Key)
            .Order(StringComparer.Ordinal)];
        return clients.Length > 0
            ? clients
            : throw new InputFileException(file, "", $"there is no organisation \"{organisation}\"");
    }
}

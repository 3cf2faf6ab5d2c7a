using System.Text.Json;
using FedLowRank.Aggregation.Rounds.Values;
using FedLowRank.Training.Data;

namespace FedLowRank.ClientAgent.Storage;

/// <summary>What an agent remembers of its enrolment besides its keys.</summary>
/// <param name="Server">Base address of the agent listener.</param>
/// <param name="Invite">SHA-256 of the invite's word, by which the same invite is known again.</param>
internal sealed record ServerNote(Uri Server, BlobHash Invite)
{
    /// <summary>Reads it; null where the agent was never enrolled.</summary>
    /// <exception cref="InputFileException">It is damaged.</exception>
    public static ServerNote? Read(AgentFolder folder)
    {
        if (!File.Exists(folder.Server)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(folder.Server), StorageJson.Default.ServerNote)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InputFileException(
                folder.Server, "", $"is damaged ({error.Message}); enrol this agent anew", error);
        }
    }

    /// <summary>Writes it, durably.</summary>
    public void Write(AgentFolder folder, DurableFile files) =>
        files.Write(folder.Server, JsonSerializer.SerializeToUtf8Bytes(this, StorageJson.Default.ServerNote));
}

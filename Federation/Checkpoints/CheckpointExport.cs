using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Rounds.Plans;
using FedLowRank.Aggregation.Safetensors;
using FedLowRank.Federation.Storage;

namespace FedLowRank.Federation.Checkpoints;

/// <summary>
/// A checkpoint as a folder that Hugging Face PEFT loads unchanged, with the manifest and its signature beside it.
/// </summary>
public static class CheckpointExport
{
    /// <summary>File of the tensors, as PEFT names it.</summary>
    public const string TensorsFile = "adapter_model.safetensors";

    /// <summary>File of PEFT's configuration.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>File of the manifest, in its stored form: its SHA-256 is what is signed.</summary>
    public const string ManifestFile = "manifest.json";

    /// <summary>File of the signature.</summary>
    public const string SignatureFile = "signature.json";

    /// <summary>File for people.</summary>
    public const string ReadMeFile = "README.md";

    /// <summary>What an export says where nothing else is asked for: the kind of task is the plan's.</summary>
    public static PeftExportOptions DefaultOptions(CheckpointManifest manifest) => new()
    {
        TaskType = manifest.Plan.Round.Task.Kind == TaskKind.Classification ? "SEQ_CLS" : "CAUSAL_LM",
    };

    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="signature">The authority's word; whether it is genuine is for the caller to check.</param>
    /// <param name="manifest">The checkpoint that the word is of.</param>
    /// <param name="parts">Where its parts are.</param>
    /// <param name="options">What the checkpoint does not say, or <see cref="DefaultOptions"/>.</param>
    /// <param name="folder">Must not exist; the folder above it must.</param>
    /// <param name="cancellationToken">Stops, and leaves nothing behind.</param>
    /// <exception cref="CheckpointException">
    /// The folder is there already, the signature is another checkpoint's, a part is missing or damaged, or PEFT cannot
    /// hold the adapter.
    /// </exception>
    /// <exception cref="IOException">The disk fails or is full.</exception>
    public static async Task WriteAsync(
        SignedCheckpoint signature, CheckpointManifest manifest, CheckpointReader parts, PeftExportOptions options,
        string folder, CancellationToken cancellationToken = default)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.Exists(folder)) throw new CheckpointException($"'{folder}' is there already; name a new folder");
        if (!Directory.Exists(Path.GetDirectoryName(folder)))
            throw new CheckpointException($"the folder above '{folder}' is not there");
        var json = ManifestJson.Write(manifest);
        var hash = ManifestJson.HashOf(json);
        if (signature.Run != manifest.Run || signature.Manifest != hash)
        {
            throw new CheckpointException(
                $"the signature is of {signature.Manifest} of {signature.Run}; " +
                $"the manifest is {hash} of {manifest.Run}");
        }

        var adapter = await parts.ReadAdapterAsync(manifest, cancellationToken);
        var temporary = $"{folder}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            var config = Array.Empty<byte>();
            await Task.Run(
                () => Write(temporary, TensorsFile, file => config = PeftExport.Write(adapter, options, file)),
                cancellationToken);
            Write(temporary, ConfigFile, file => file.Write(config));
            Write(temporary, ManifestFile, file => file.Write(json));
            Write(temporary, SignatureFile, file =>
                JsonSerializer.Serialize(file, signature, CheckpointJsonContext.Default.SignedCheckpoint));
            Write(temporary, ReadMeFile, file => file.Write(Encoding.UTF8.GetBytes(ReadMe(signature, manifest))));
            StateFolder.Sync(temporary);
            cancellationToken.ThrowIfCancellationRequested();
            Directory.Move(temporary, folder);
            StateFolder.Sync(Path.GetDirectoryName(folder)!);
        }
        catch (Exception error) when (error is PeftException or SafetensorsException)
        {
            throw new CheckpointException(error.Message, error);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Write(string folder, string name, Action<Stream> write)
    {
        using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
        write(file);
        file.Flush(flushToDisk: true);
    }

    private static string ReadMe(SignedCheckpoint signature, CheckpointManifest manifest)
    {
        var plan = manifest.Plan;
        var round = manifest.Round is { } id
            ? $"after round {id.Number} of {plan.Rounds}"
            : $"before round 1 of {plan.Rounds}";
        var privacy = plan.Round.Privacy is { } terms
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"DP-SGD, noise multiplier {terms.NoiseMultiplier}, clip norm {terms.ClipNorm}, delta {terms.Delta}")
            : "none: the run was not private";
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Adapter of {manifest.Run} {round}

            A LoRA adapter learnt with FedLowRank, in the layout of Hugging Face PEFT:

                from peft import PeftModel
                model = PeftModel.from_pretrained(base_model, "path/to/this/folder")

            | | |
            |---|---|
            | method | {plan.Round.Method} |
            | base model | {plan.Round.BaseModel} |
            | updates in the last round | {manifest.Updates.Count} |
            | privacy | {privacy} |
            | checkpoint | {signature.Manifest} |
            | signed | {signature.At:yyyy-MM-dd HH:mm:ss} UTC |

            `{ManifestFile}` says how the adapter came about; its SHA-256 is the checkpoint's name. `{SignatureFile}` is
            the word of the server's authority that the run has this checkpoint. The tensors are rounded once from
            float64.
            {OfBase(plan.Round.BaseFormat)}
            """).ReplaceLineEndings("\n");
    }

    /// <summary>What a user of PEFT must know of a quantised base; nothing where it is not.</summary>
    private static string OfBase(WeightFormat format)
    {
        var codes = format switch
        {
            WeightFormat.Full => "",
            WeightFormat.EightBit => "int8: signed codes -127 to 127, scale max|w| / 127",
            WeightFormat.FourBit => "nf4: 4-bit NormalFloat (QLoRA), scale max|w|, not quantised twice",
            _ => throw new UnreachableException($"no text for {format}"),
        };
        return codes.Length == 0 ? "" : $"""

            ## The base must be quantised

            The adapter was trained beside base weights in {codes}; one F32 scale for each 64 weights along a row of
            W (d_out x d_in), for every linear layer of the blocks, and for nothing else (not embeddings, norms, heads).
            It belongs to those weights: it may hold what makes up for their error, and beside the full weights it is
            off by that much. Load the base, replace each of these weights by the nearest code times its scale, and put
            the adapter on it.

            """;
    }
}

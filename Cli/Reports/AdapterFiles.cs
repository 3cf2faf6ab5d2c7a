using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Cli.Reports;

/// <summary>Writes a trained adapter as Hugging Face PEFT reads it.</summary>
public static class AdapterFiles
{
    /// <summary>
    /// Writes <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> (F32), whole or not at all.
    /// </summary>
    /// <param name="folder">Made where it is missing.</param>
    /// <param name="adapter">At least one layer.</param>
    /// <param name="baseModel">The base model's folder, as the configuration names it.</param>
    /// <returns>The folder, or null where a value is not finite in F32: then nothing is written.</returns>
    public static string? TryWrite(string folder, Adapter adapter, string baseModel)
    {
        using var tensors = new MemoryStream();
        byte[] config;
        try
        {
            config = PeftExport.Write(adapter, new PeftExportOptions { BaseModel = baseModel }, tensors);
        }
        catch (SafetensorsException error) when (error.Error == SafetensorsError.NonFinite)
        {
            return null;
        }

        WholeFiles.Write(
            folder, [("adapter_model.safetensors", tensors.ToArray()), ("adapter_config.json", config)]);
        return folder;
    }
}

using FedLowRank.Aggregation.Adapters;
using FedLowRank.Aggregation.Peft;
using FedLowRank.Aggregation.Safetensors;

namespace FedLowRank.Cli.Reports;

/// <summary>A trained adapter as Hugging Face PEFT reads it.</summary>
/// <param name="Config">Content of <c>adapter_config.json</c>.</param>
/// <param name="Tensors">Content of <c>adapter_model.safetensors</c>, in F32.</param>
public sealed record AdapterFiles(ReadOnlyMemory<byte> Config, ReadOnlyMemory<byte> Tensors)
{
    /// <summary>The files of an adapter.</summary>
    /// <param name="adapter">At least one layer.</param>
    /// <param name="options">What the adapter does not say.</param>
    /// <returns>Null where a value is not finite in F32.</returns>
    public static AdapterFiles? TryRender(Adapter adapter, PeftExportOptions options)
    {
        using var tensors = new MemoryStream();
        try
        {
            var config = PeftExport.Write(adapter, options, tensors);
            return new AdapterFiles(config, tensors.ToArray());
        }
        catch (SafetensorsException error) when (error.Error == SafetensorsError.NonFinite)
        {
            return null;
        }
    }
}

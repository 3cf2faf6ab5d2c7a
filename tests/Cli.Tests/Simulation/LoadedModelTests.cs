using FedLowRank.Tests;
using FedLowRank.Training;
using FedLowRank.Training.Data;

namespace FedLowRank.Cli.Tests.Simulation;

public sealed class LoadedModelTests
{
    [Fact]
    public void A_tokenizer_with_more_tokens_than_the_model_is_refused_before_any_text_is_read()
    {
        var folder = Directory.CreateTempSubdirectory("fedlowrank-test-");
        try
        {
            var config = File.ReadAllText(RepositoryFiles.Path("samples", "base", "config.json"));
            File.WriteAllText(
                Path.Combine(folder.FullName, "config.json"),
                config.Replace("\"vocab_size\": 8192", "\"vocab_size\": 8191", StringComparison.Ordinal));
            File.Copy(
                RepositoryFiles.Path("samples", "base", "tokenizer.json"),
                Path.Combine(folder.FullName, "tokenizer.json"));
            var error = Assert.Throws<InputFileException>(() => LoadedModel.Open(folder.FullName));
            Assert.Contains("has token ids up to 8191", error.Message, StringComparison.Ordinal);
            Assert.Contains("vocab_size in config.json, 8191", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

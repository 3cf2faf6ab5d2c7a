// Goal: whoever cannot load libtorch reads what to do, not a stack trace. Method: what the loader of Linux says in
// each case, and the real program with its native library taken away or damaged.
using FedLowRank.Training.Torch.Devices;

namespace FedLowRank.Engines.Tests.Devices;

public sealed class LoadFailureTests : IDisposable
{
    private const string Native = "libLibTorchSharp.so";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("fedlowrank-load-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData(
        "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)",
        "GLIBCXX_3.4.32", "libstdc++ of GCC 13")]
    [InlineData(
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/libtorch_cpu.so)",
        "GLIBC_2.34", "older")]
    [InlineData(
        "libgomp.so.1: cannot open shared object file: No such file or directory", "libgomp", "package manager")]
    [InlineData("/app/libLibTorchSharp.so: invalid ELF header", "invalid ELF header", "damaged")]
    [InlineData("/app/libtorch_cpu.so: file too short", "file too short", "damaged")]
    [InlineData(
        "/app/libLibTorchSharp.so: cannot open shared object file: No such file or directory", "libtorch",
        "not beside the program")]
    public void The_loaders_words_become_advice(string line, string reason, string advice)
    {
        var error = LoadFailure.Explain(new DllNotFoundException(
            "Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose "
            + $"loading problems, consider using a tool like strace:\n{line}\n"
            + "LibTorchSharp: cannot open shared object file: No such file or directory\n"));
        Assert.StartsWith("libtorch cannot be loaded", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(null, "not beside the program")]
    [InlineData("this is no library", "damaged")]
    public async Task The_doctor_says_what_is_wrong_with_the_library(string? content, string advice)
    {
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            if (Path.GetExtension(file) is ".dll" or ".json")
                File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        }

        var source = Path.GetDirectoryName(NativeFiles.Path(Native))!;
        var target = Path.Combine(folder.FullName, Path.GetRelativePath(AppContext.BaseDirectory, source));
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(source).Where(file => Path.GetFileName(file) != Native))
            File.CreateSymbolicLink(Path.Combine(target, Path.GetFileName(file)), file);
        if (content is not null) await File.WriteAllTextAsync(Path.Combine(target, Native), content, Token);

        var (code, output) = await Program.RunAsync(
            Path.Combine(folder.FullName, "fedlowrank-agent-torch.dll"), "doctor", "--folder", folder.FullName);
        Assert.Equal(5, code);
        Assert.Contains("fail device: libtorch cannot be loaded", output, StringComparison.Ordinal);
        Assert.Contains(advice, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Trace from", output, StringComparison.Ordinal);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}

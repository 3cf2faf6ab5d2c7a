using System.Runtime.CompilerServices;

namespace FedLowRank.Engines.Tests.Torch;

/// <summary>One thread for libtorch: tests run side by side, and its threads would spin against each other.</summary>
internal static class Setup
{
#pragma warning disable CA2255 // A test assembly is an application; nothing else runs before its tests.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void UseOneThread() => TorchSharp.torch.set_num_threads(1);
}

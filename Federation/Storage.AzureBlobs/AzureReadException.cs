using System.Diagnostics.CodeAnalysis;

namespace FedLowRank.Federation.Storage.AzureBlobs;

/// <summary>A blob could not be read on.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Thrown at one place.")]
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "Callers see an IOException.")]
internal sealed class AzureReadException(Exception error)
    : IOException("the connection to Azure's storage is lost", error);

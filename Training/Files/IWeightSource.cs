namespace FedLowRank.Training.Files;

/// <summary>The named weights of a base model, as they lie in its files.</summary>
public interface IWeightSource
{
    /// <summary>True where there is such a tensor.</summary>
    bool Contains(string name);

    /// <summary>Checks a tensor before memory is taken for it.</summary>
    /// <param name="name">Name in the files.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <exception cref="Exception">The tensor is missing, has another shape, or is too large.</exception>
    void Require(string name, ReadOnlySpan<int> shape);

    /// <summary>Reads a whole tensor, row-major, converted to F32.</summary>
    /// <param name="name">Name in the files.</param>
    /// <param name="shape">The shape it must have.</param>
    /// <param name="target">As many values as the shape has.</param>
    /// <exception cref="Exception">The tensor is missing, has another shape, or holds a value that is not
    /// finite.</exception>
    void ReadFloats(string name, ReadOnlySpan<int> shape, Span<float> target);
}

namespace FedLowRank.Training.Models;

/// <summary>One linear layer of a base model, y = W x + b with W of d_out x d_in.</summary>
/// <param name="Name">Full name in the model, without <c>.weight</c>.</param>
/// <param name="InputWidth">d_in.</param>
/// <param name="OutputWidth">d_out.</param>
public sealed record LinearModule(string Name, int InputWidth, int OutputWidth);

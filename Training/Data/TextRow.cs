namespace FedLowRank.Training.Data;

/// <summary>One labelled text of a table.</summary>
/// <param name="Id">What identifies it; the row's number, from 1, where the table has no such column.</param>
/// <param name="Text">The text; may be empty.</param>
/// <param name="Label">Name of the label.</param>
/// <param name="Split">For example <c>train</c> or <c>test</c>; empty where the table has no such column.</param>
/// <param name="Client">Who holds the text; empty where the table has no such column.</param>
public sealed record TextRow(string Id, string Text, string Label, string Split, string Client);

using FedLowRank.Silo.Commands;

return await CommandLine.RunAsync(args, new CommandHost(Console.Out, Console.Error));

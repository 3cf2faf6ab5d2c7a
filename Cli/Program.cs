using FedLowRank.Cli.Commands;

return await CommandLine.RunAsync(args, new CommandHost(Console.Out, Console.Error));

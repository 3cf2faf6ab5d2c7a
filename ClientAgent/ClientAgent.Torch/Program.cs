using FedLowRank.ClientAgent;

return await AgentProgram.RunAsync(args, AgentEngine.Cpu);

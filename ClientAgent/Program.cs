using FedLowRank.ClientAgent;

return await AgentProgram.RunAsync(args, new OneEngine(AgentEngine.Cpu));

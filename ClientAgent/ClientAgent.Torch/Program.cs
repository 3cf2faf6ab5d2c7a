using FedLowRank.ClientAgent;
using FedLowRank.ClientAgent.Torch;

return await AgentProgram.RunAsync(args, new TorchChoice());

using System.Text;
using FedLowRank.ClientAgent.Storage;

namespace FedLowRank.ClientAgent.Policies;

/// <summary>The policy that an owner starts from. It allows no run until somebody names one.</summary>
internal static class PolicyTemplate
{
    /// <summary>Writes it where there is no policy yet.</summary>
    /// <returns>Whether it was written.</returns>
    public static bool WriteIfNone(string path, DurableFile files)
    {
        if (File.Exists(path)) return false;
        files.Write(path, Encoding.UTF8.GetBytes(Text));
        return true;
    }

    internal const string Text = """
        // What this agent may do with your data. No server can override it; the agent reads it anew for every round.
        // The agent's command 'doctor' explains what it allows. Paths are relative to this file.
        {
          // The runs that you allow, by name; "*" for any. None are allowed until you name them.
          "runs": [],
          // Instead of runs, or besides: hashes of the base models that you allow.
          // "baseModels": ["<64 hexadecimal digits>"],

          // Folder of the base model: config.json, tokenizer.json and the weights as safetensors.
          "baseModelFolder": "model",

          // What to train on: a .tsv or .csv table, also .gz, with a header line.
          "data": {
            "path": "texts.tsv",
            // Names of columns, where yours differ from those of the plan.
            // "textColumn": "text", "labelColumn": "label",
            // What identifies a text. In a private run no id may come twice, as epsilon is for one row.
            "idColumn": "id",
            // To train on one split only.
            // "splitColumn": "split", "trainSplit": "train",
            // To train on the rows of some clients only; one client may first be divided by a stable hash of the ids.
            // "clientColumn": "client", "clients": ["a", "rest-1"], "splitClient": { "name": "rest", "parts": 5 },
          },

          // About how many examples there are, as a round number: it is public, and the true number is not told.
          "nominalExamples": 1000,

          // The most that may ever be spent on these data, over all runs, by any one text.
          "budget": { "epsilon": 3, "delta": 1e-5 },

          // The least noise and the most work that a round may ask for.
          "limits": {
            "noiseMultiplierMin": 0.5,
            "clipMin": 0.001, "clipMax": 100,
            "samplingRateMax": 0.5, "localStepsMax": 1000,
          },

          // When rounds may begin, in local time; leave it out for always.
          // "hours": ["mon-fri 20:00-06:00", "sat-sun 00:00-00:00"],

          // False also allows runs without any privacy: what they send can give texts away.
          "privateOnly": true,

          // Updates go to the server. Storage that they may go to besides, where the server offers it; leave it out for
          // none.
          // "uploads": { "hosts": ["example.blob.core.windows.net"] },

          // When something goes wrong here the server is told what kind of thing it was (policy, budget, data, model,
          // resources, ledger, training, refused, certificate, other), which round, and when. Only with this
          // it also sees so many of the last lines of this agent's log, of the level info, warning or error on; in them
          // all paths, texts, labels, numbers and messages of errors read [withheld]: see trouble.json.
          // "log": { "lines": 50, "level": "warning" },

          // Threads; leave it out for one on each core.
          // "threads": 4,

          // Several agents on this machine: how many of those that name the same folder may train at once.
          // "slots": { "folder": "../slots", "count": 1 },

          // An evaluator's public texts, instead of data or besides.
          // "evaluation": { "path": "public.tsv", "splitColumn": "split", "split": "test" },
        }
        """ + "\n";
}

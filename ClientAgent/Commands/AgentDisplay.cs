using System.Globalization;
using FedLowRank.ClientAgent.Work;
using Spectre.Console;

namespace FedLowRank.ClientAgent.Commands;

/// <summary>Lines with the time of day; bars on a terminal.</summary>
internal static class AgentDisplay
{
    public static IAgentDisplay On(TextWriter writer, TimeProvider time)
    {
        var console = AgentHost.ConsoleOn(writer);
        return console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal
            ? new Live(console, time)
            : new Plain(writer, time);
    }

    private static string Stamped(string line, TimeProvider time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():HH:mm:ss} {OneLine.Of(line)}");

    private sealed class Live(IAnsiConsole console, TimeProvider time) : IAgentDisplay
    {
        public void Say(string line) => console.WriteLine(Stamped(line, time));

        public T Follow<T>(string title, int steps, Func<Action<int>, T> work) => console.Progress()
            .AutoClear(enabled: true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new StepRateColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: steps);
                return work(done => task.Value = done);
            });
    }

    private sealed class StepRateColumn : ProgressColumn
    {
        public override Spectre.Console.Rendering.IRenderable Render(
            Spectre.Console.Rendering.RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(string.Create(CultureInfo.InvariantCulture, $"{task.Speed ?? 0:0.0} steps/s"));
    }

    /// <summary>For a file, a pipe or the journal: a line for each tenth, or every 10 s.</summary>
    private sealed class Plain(TextWriter writer, TimeProvider time) : IAgentDisplay
    {
        private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

        private readonly Lock writing = new();

        public void Say(string line)
        {
            lock (writing)
            {
                writer.WriteLine(Stamped(line, time));
                writer.Flush();
            }
        }

        public T Follow<T>(string title, int steps, Func<Action<int>, T> work)
        {
            var began = time.GetTimestamp();
            var (tenth, spoke) = (0, began);
            return work(done =>
            {
                var reached = (int)(done * 10L / steps);
                if (reached == tenth && time.GetElapsedTime(spoke) < SilenceMax) return;
                (tenth, spoke) = (reached, time.GetTimestamp());
                var seconds = time.GetElapsedTime(began).TotalSeconds;
                var rate = seconds > 0 ? done / seconds : 0;
                var left = rate > 0 ? (steps - done) / rate : 0;
                Say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{title}: {100.0 * done / steps:0} %, {rate:0.0} steps/s, {left:0} s left"));
            });
        }
    }
}

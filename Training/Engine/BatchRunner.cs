using System.Runtime.ExceptionServices;

namespace FedLowRank.Training.Engine;

/// <summary>
/// Works on the micro-batches of a batch side by side and delivers them one after the other in their order, so that
/// what a sink sums does not depend on the number of workers. The caller's thread works too, and the steady state
/// allocates nothing. Not thread-safe.
/// </summary>
internal sealed class BatchRunner
{
    private readonly IReadOnlyList<IModelPass> passes;
    private readonly int tokensMax;
    private readonly Helper[] helpers;
    private readonly BatchPlan plan = new();
    private readonly object gate = new();
    private TokenizedExample[] examples = [];
    private IBatchWork? work;
    private int taken;
    private int turn;
    private volatile Exception? failure;

    /// <param name="passes">One for each worker, at least one.</param>
    /// <param name="tokensMax">Tokens of a micro-batch.</param>
    public BatchRunner(IReadOnlyList<IModelPass> passes, int tokensMax)
    {
        this.passes = passes;
        this.tokensMax = tokensMax;
        helpers = [.. passes.Skip(1).Select(p => new Helper(this, p))];
    }

    /// <summary>Does the work for all examples. An exception of any part ends it and is thrown again.</summary>
    /// <param name="batch">Any number of examples.</param>
    /// <param name="countMax">Examples of a micro-batch.</param>
    /// <param name="newWork">What to do.</param>
    public void Run(ReadOnlySpan<TokenizedExample> batch, int countMax, IBatchWork newWork)
    {
        if (batch.Length > examples.Length)
        {
            examples = new TokenizedExample[Math.Max(batch.Length, 2 * examples.Length)];
        }

        batch.CopyTo(examples);
        plan.Cut(batch, passes.Count, tokensMax, countMax);
        (work, taken, turn, failure) = (newWork, 0, 0, null);
        var asked = helpers.AsSpan(0, Math.Clamp(plan.Count - 1, 0, helpers.Length));
        foreach (var helper in asked)
        {
            helper.Ask();
        }

        Work(passes[0]);
        foreach (var helper in asked)
        {
            helper.AwaitEnd();
        }

        examples.AsSpan(0, batch.Length).Clear();
        if (failure is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Takes micro-batches until none is left.</summary>
    private void Work(IModelPass pass)
    {
        while (failure == null)
        {
            var number = Interlocked.Increment(ref taken) - 1;
            if (number >= plan.Count)
            {
                return;
            }

            try
            {
                var (start, count) = plan[number];
                work!.Compute(pass, examples.AsSpan(start, count), start);
                Deliver(pass, number);
            }
            catch (Exception error)
            {
                lock (gate)
                {
                    failure ??= error;
                    Monitor.PulseAll(gate);
                }
            }
        }
    }

    private void Deliver(IModelPass pass, int number)
    {
        lock (gate)
        {
            while (turn != number && failure == null)
            {
                Monitor.Wait(gate);
            }

            if (failure == null)
            {
                work!.Deliver(pass);
                turn++;
                Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>
    /// One more worker, on a thread of the pool. Where the pool is busy it may come too late: then it is not waited
    /// for, and its place in the pool's queue serves the next call.
    /// </summary>
    private sealed class Helper(BatchRunner owner, IModelPass pass) : IThreadPoolWorkItem
    {
        private const int Idle = 0;
        private const int Asked = 1;
        private const int Working = 2;

        private int state = Idle;
        private int isQueued;

        public void Ask()
        {
            Volatile.Write(ref state, Asked);
            if (Interlocked.Exchange(ref isQueued, 1) == 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
        }

        public void AwaitEnd()
        {
            if (Interlocked.CompareExchange(ref state, Idle, Asked) == Asked)
            {
                return;
            }

            lock (this)
            {
                while (Volatile.Read(ref state) != Idle)
                {
                    Monitor.Wait(this);
                }
            }
        }

        public void Execute()
        {
            Volatile.Write(ref isQueued, 0);
            if (Interlocked.CompareExchange(ref state, Working, Asked) != Asked)
            {
                return;
            }

            owner.Work(pass);
            lock (this)
            {
                Volatile.Write(ref state, Idle);
                Monitor.PulseAll(this);
            }
        }
    }
}

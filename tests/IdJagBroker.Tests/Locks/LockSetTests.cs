using IdJagBroker.Locks;

namespace IdJagBroker.Tests.Locks;

/// <summary>Which lock stops a request: pure, and free of cost where there is none.</summary>
public sealed class LockSetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private static IssuanceLock One(LockKind kind, string? target, int minutes = 60) => new()
    {
        Id = Guid.CreateVersion7(), Kind = kind, Target = target, Reason = "x", SetAt = Now, SetBy = "test", ExpiresAt = Now.AddMinutes(minutes),
    };

    private static IssuanceLock? Find(DateTimeOffset now, params IssuanceLock[] locks) =>
        new LockSet(locks).FindFor("agent", "agent-id", "https://as.example", ["https://a.example/", "https://b.example/"], "s_ana", now);

    [Theory]
    [InlineData("Client", "agent"), InlineData("Client", "agent-id"), InlineData("Audience", "https://as.example"), InlineData("Resource", "https://a.example/")]
    [InlineData("Resource", "https://b.example/"), InlineData("Subject", "s_ana"), InlineData("Everything", null)]
    public void A_lock_stops_what_it_names(string kind, string? target)
    {
        var one = One(Enum.Parse<LockKind>(kind), target);
        Assert.Same(one, Find(Now, one));
        Assert.Null(Find(one.ExpiresAt, one));
        Assert.Null(Find(Now, one with { LiftedAt = Now }));
    }

    [Theory]
    [InlineData("Client", "s_ana"), InlineData("Client", "Agent"), InlineData("Audience", "agent"), InlineData("Resource", "https://as.example"), InlineData("Subject", "agent")]
    [InlineData("Key", "agent"), InlineData("Subject", "s_bob"), InlineData("Resource", "https://c.example/")]
    public void A_lock_stops_nothing_else(string kind, string target) => Assert.Null(Find(Now, One(Enum.Parse<LockKind>(kind), target)));

    [Fact]
    public void A_key_is_stopped_by_its_own_lock_alone()
    {
        var one = One(LockKind.Key, "k1");
        var set = new LockSet([one, One(LockKind.Everything, null), One(LockKind.Client, "k2")]);
        Assert.Same(one, set.FindForKey("k1", Now));
        Assert.Null(set.FindForKey("k2", Now));
        Assert.Null(set.FindForKey("k1", one.ExpiresAt));
    }

    [Fact]
    public void Of_several_on_one_target_the_one_that_holds_longest_counts()
    {
        IssuanceLock[] locks = [One(LockKind.Client, "agent", 10), One(LockKind.Client, "agent", 90), One(LockKind.Client, "agent", 30)];
        Assert.Same(locks[1], Find(Now, locks));
        Assert.Same(locks[1], Find(Now.AddMinutes(60), locks));
        Assert.Null(Find(Now.AddMinutes(90), locks));
    }

    [Fact]
    public void Of_several_the_widest_is_named()
    {
        var (everything, server, person) = (One(LockKind.Everything, null), One(LockKind.Audience, "https://as.example"), One(LockKind.Subject, "s_ana"));
        Assert.Same(everything, Find(Now, person, server, everything));
        Assert.Same(server, Find(Now, person, server));
    }

    [Fact]
    public void Looking_costs_no_memory()
    {
        LockSet[] sets = [new([]), new([One(LockKind.Client, "another"), One(LockKind.Resource, "https://c.example/")])];
        IReadOnlyList<string> resources = ["https://a.example/", "https://b.example/"];
        foreach (var set in sets)
        {
            set.FindFor("agent", "agent-id", "https://as.example", resources, "s_ana", Now);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++) set.FindFor("agent", "agent-id", "https://as.example", resources, "s_ana", Now);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }
}

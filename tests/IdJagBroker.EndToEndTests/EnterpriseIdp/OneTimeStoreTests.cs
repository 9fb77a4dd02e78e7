using IdJagBroker.Demo.EnterpriseIdp;

namespace IdJagBroker.EndToEndTests.EnterpriseIdp;

public sealed class OneTimeStoreTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Finds_a_value_until_it_expires_or_is_taken()
    {
        var store = Store();
        var (first, second) = (store.Add("first"), store.Add("second"));

        Assert.Equal("first", store.Find(first));
        Assert.Equal("first", store.Take(first));
        Assert.Null(store.Find(first));
        Assert.Null(store.Take(first));
        Assert.Null(store.Find(null));
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("second", store.Find(second));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(store.Find(second));
        Assert.Null(store.Take(second));
    }

    [Fact]
    public void Has_no_more_room_than_it_was_given_until_something_expires()
    {
        var store = Store();
        store.Add("first");
        store.Add("second");

        Assert.Null(store.Add("third"));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.NotNull(store.Add("third"));
    }

    [Fact]
    public void Names_are_long_and_never_the_same()
    {
        var names = Enumerable.Range(0, 100).Select(_ => RandomName.Create()).ToList();
        Assert.All(names, name => Assert.Matches("^[A-Za-z0-9_-]{43}$", name));
        Assert.Distinct(names);
    }

    private OneTimeStore<string> Store() => new(TimeSpan.FromSeconds(60), capacity: 2, _clock);
}

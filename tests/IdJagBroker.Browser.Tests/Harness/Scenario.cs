namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>A class of scenarios: whoever appears in one leaves at its end, and none of their pages may have done what no page may do.</summary>
public abstract class Scenario(Chromium chromium) : IAsyncDisposable
{
    private readonly List<Visitor> _people = [];

    /// <summary>Somebody new, with a browser of their own.</summary>
    internal async Task<Visitor> SomebodyAsync(bool javaScript = true)
    {
        var person = await chromium.VisitorAsync(javaScript);
        _people.Add(person);
        return person;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var complaints = new List<string>();
        foreach (var person in _people)
        {
            complaints.AddRange(await person.ComplaintsAsync());
            await person.LeaveAsync();
        }
        Assert.Empty(complaints);
    }
}

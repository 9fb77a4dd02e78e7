namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>What goes wrong at the provider on demand, so that one can see what its clients make of it.</summary>
internal sealed class IdpFaults
{
    private string? _nextAuthorizeError;

    /// <summary>Whether the token endpoint answers 503.</summary>
    public bool TokenEndpointIsDown { get; set; }

    /// <summary>What the next authorization request is answered with, and no other.</summary>
    public void FailNextAuthorize(string error) => Volatile.Write(ref _nextAuthorizeError, error);

    /// <summary>The error that is due, for the only time.</summary>
    public string? TakeAuthorizeError() => Interlocked.Exchange(ref _nextAuthorizeError, null);
}

namespace IdJagBroker.Probe;

/// <summary>As whom a call is made.</summary>
internal enum Caller
{
    /// <summary>The client of the test.</summary>
    Client,

    /// <summary>Its id with another's secret or key.</summary>
    Impostor,

    /// <summary>Its id and nothing else.</summary>
    IdOnly,

    /// <summary>Nobody.</summary>
    Nobody,
}

/// <summary>One call of the token endpoint, good unless something of it is changed.</summary>
internal sealed class TokenCall
{
    public List<(string Name, string Value)> Form { get; } = [];

    public Caller As { get; set; }

    public HttpMethod Method { get; set; } = HttpMethod.Post;

    /// <summary>Sends the form as a JSON object.</summary>
    public bool AsJson { get; set; }

    /// <summary>Whether a DPoP proof goes along.</summary>
    public bool Proves { get; set; }

    /// <summary>Spoils that proof.</summary>
    public Action<JwtDraft> SpoilProof { get; set; } = _ => { };

    /// <summary>Makes that proof with another key.</summary>
    public DpopProver? ProvenBy { get; set; }
}

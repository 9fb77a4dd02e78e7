namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>What an MCP server is, whose tokens it takes, and which scope each of its tools needs. A bad value stops the start.</summary>
public sealed class McpResourceServerOptions
{
    /// <summary>The largest request body read, in bytes, unless set.</summary>
    public const int StandardMaxRequestBytes = 1024 * 1024;

    private readonly Dictionary<string, HashSet<string>> _tools = new(StringComparer.Ordinal);
    private readonly List<(string Broad, string Narrow)> _inclusions = [];
    private readonly List<string> _faults = [];

    /// <summary>Its resource identifier, byte for byte as clients use it (RS-03); tokens must have it as <c>aud</c>.</summary>
    public string Resource { get; set; } = "";

    /// <summary>The issuer identifier of its authorization server (RS-04); tokens must have it as <c>iss</c>.</summary>
    public string AuthorizationServer { get; set; } = "";

    /// <summary>Where that authorization server's keys are. Unset: in this process if it runs here, otherwise taken from its metadata.</summary>
    public string? JwksUri { get; set; }

    /// <summary>The authorization server's host may resolve to a private address (SEC-16).</summary>
    public bool IsOnPrivateNetwork { get; set; }

    /// <summary>The public URL of the MCP endpoint, which DPoP proofs name as <c>htu</c> (RFC 9449 §4.3). Unset: <see cref="Resource"/>.</summary>
    public string? EndpointUrl { get; set; }

    /// <summary>
    /// Takes no access token that is not bound to a key (RFC 9728 §2, <c>dpop_bound_access_tokens_required</c>). An authorization server in another
    /// process has to be told: <see cref="ProtectedResource.RequireKeyBoundTokens"/>.
    /// </summary>
    public bool RequireKeyBoundTokens { get; set; }

    /// <summary>What DPoP proofs must hold beyond the rules.</summary>
    public DpopOptions Dpop { get; } = new();

    /// <summary>A name for people, published in the metadata.</summary>
    public string? ResourceName { get; set; }

    /// <summary>What a client should ask for at first (RS-05, RS-08); empty: every scope that a tool needs.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>The largest request body read, in bytes; 1 KiB to 64 MiB. It is held in memory while its tools are looked up.</summary>
    public int MaxRequestBytes { get; set; } = StandardMaxRequestBytes;

    internal IReadOnlyDictionary<string, HashSet<string>> Tools => _tools;

    internal IReadOnlyList<(string Broad, string Narrow)> Inclusions => _inclusions;

    internal IReadOnlyList<string> Faults => _faults;

    /// <summary>A call of the tool needs all of these scopes. A tool that is not named here or in <see cref="AllowTool"/> cannot be called.</summary>
    public McpResourceServerOptions RequireScope(string tool, params IReadOnlyList<string> scopes)
    {
        if (scopes.Count is 0) _faults.Add($"RequireScope({tool}): at least one scope; AllowTool for none.");
        Declare(tool).UnionWith(scopes);
        return this;
    }

    /// <summary>Any valid token may call the tool.</summary>
    public McpResourceServerOptions AllowTool(string tool)
    {
        if (_tools.ContainsKey(tool)) _faults.Add($"AllowTool({tool}): it is declared already.");
        Declare(tool);
        return this;
    }

    /// <summary>A token with the broad scope has the narrower ones too, and what those include (RS-14).</summary>
    public McpResourceServerOptions ScopeIncludes(string broad, params IReadOnlyList<string> narrower)
    {
        foreach (var narrow in narrower) _inclusions.Add((broad, narrow));
        return this;
    }

    private HashSet<string> Declare(string tool)
    {
        if (_tools.TryGetValue(tool, out var scopes))
        {
            if (scopes.Count is 0) _faults.Add($"{tool}: needs a scope and needs none.");
            return scopes;
        }
        return _tools[tool] = new HashSet<string>(StringComparer.Ordinal);
    }
}

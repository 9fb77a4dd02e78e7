namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>What an MCP server is, whose tokens it takes, and which scope each of its tools needs. A bad value stops the start.</summary>
public sealed class McpResourceServerOptions
{
    /// <summary>The largest request body read, in bytes, unless set.</summary>
    public const int StandardMaxRequestBytes = 1024 * 1024;

    private readonly Dictionary<string, HashSet<string>> _tools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SignInNeed> _signIns = new(StringComparer.Ordinal);
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

    /// <summary>
    /// Asks the authorization server about each token on each request (RFC 7662), so that a revoked one ends at once, and opaque ones can be read. Null: JWTs are checked here
    /// alone, unless the authorization server is in this process and records them: it is asked then without being told to.
    /// </summary>
    public IntrospectionOptions? Introspection { get; set; }

    /// <summary>A name for people, published in the metadata.</summary>
    public string? ResourceName { get; set; }

    /// <summary>What a client should ask for at first (RS-05, RS-08); empty: every scope that a tool needs.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>The largest request body read, in bytes; 1 KiB to 64 MiB. It is held in memory while its tools are looked up.</summary>
    public int MaxRequestBytes { get; set; } = StandardMaxRequestBytes;

    internal IReadOnlyDictionary<string, HashSet<string>> Tools => _tools;

    internal IReadOnlyDictionary<string, SignInNeed> SignIns => _signIns;

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

    /// <summary>
    /// A call of the tool needs such a sign-in besides its scopes (RFC 9470, RS-15): otherwise 401 <c>insufficient_user_authentication</c> with <c>acr_values</c>
    /// and <c>max_age</c>, upon which a client signs the person in again.
    /// </summary>
    /// <param name="tool">A tool that is declared.</param>
    /// <param name="acrValues">One of these authentication contexts; empty: any.</param>
    /// <param name="maxAge">How long ago the sign-in may be, one second to a year; null: any time.</param>
    public McpResourceServerOptions RequireSignIn(string tool, IReadOnlyList<string> acrValues, TimeSpan? maxAge = null)
    {
        if (acrValues.Count is 0 && maxAge is null) _faults.Add($"RequireSignIn({tool}): acr values, or an age.");
        if (maxAge is { } age && (age < TimeSpan.FromSeconds(1) || age > TimeSpan.FromDays(365))) _faults.Add($"RequireSignIn({tool}): an age from a second to a year.");
        foreach (var acr in acrValues)
            if (acr.Length is 0 || acr.Any(c => c is <= ' ' or > '~')) _faults.Add($"RequireSignIn({tool}): an acr value is printable ASCII without space.");
        if (!_signIns.TryAdd(tool, new SignInNeed([.. acrValues], maxAge))) _faults.Add($"RequireSignIn({tool}): it is said already.");
        return this;
    }

    /// <summary>
    /// Takes what the methods of a class say beside themselves: <see cref="ToolScopesAttribute"/> or <see cref="AnyTokenToolAttribute"/> on each tool. A tool that
    /// says neither stops the start: nobody finds out in production what was forgotten here.
    /// </summary>
    /// <typeparam name="T">The class whose methods are tools.</typeparam>
    public McpResourceServerOptions ToolsOf<T>() => ToolsOf(typeof(T));

    /// <inheritdoc cref="ToolsOf{T}"/>
    /// <param name="tools">The class; a static one too.</param>
    public McpResourceServerOptions ToolsOf(Type tools)
    {
        DeclaredTools.Read(tools, this, _faults);
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

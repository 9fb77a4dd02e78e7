namespace IdJagBroker.Policies;

/// <summary>Which interface a directory of groups speaks.</summary>
internal enum GroupDirectoryKind
{
    /// <summary>Microsoft Graph, <c>getMemberObjects</c>.</summary>
    Graph,

    /// <summary>Okta's Users API.</summary>
    Okta,
}

/// <summary>
/// Where all groups of a person are asked for when the token does not list them (<c>idps.ALIAS.groupDirectory</c>). Its secret is
/// configuration (<c>Upstreams:ALIAS:Secret</c>), never part of the catalogue.
/// </summary>
internal sealed record CatalogGroupDirectory
{
    public required GroupDirectoryKind Kind { get; init; }

    /// <summary>Scheme, host and port.</summary>
    public required Uri BaseUrl { get; init; }

    /// <summary>Graph: the application that asks.</summary>
    public string? ClientId { get; init; }

    /// <summary>Graph: whether only security groups count, as the <c>groups</c> claim can be configured.</summary>
    public bool SecurityEnabledOnly { get; init; }
}

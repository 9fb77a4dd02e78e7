namespace IdJagBroker.Policies.Schema;

/// <summary>How identifiers are written, as far as a pattern can say it. What a pattern takes, the parser may still refuse.</summary>
internal static class Forms
{
    public const string Issuer = @"^https?://[^?#\s]+$";
    public const string Url = @"^https?://[^#\s]+$";

    /// <summary>https; http on a loopback host; or a private scheme with a dot in it.</summary>
    public const string RedirectUri = @"^(https://|http://(127\.0\.0\.1|\[::1\]|localhost)([:/?]|$)|[a-z][a-z0-9+-]*\.[a-z0-9+.-]*:/)[!$-)+-;=?-Z\[\]_a-z~]*$";

    public const string Host = "^[a-z0-9.:-]+$";
    public const string Domain = "^[a-z0-9-]+(\\.[a-z0-9-]+)+$";
    public const string Tenant = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
    public const string Visible = "^[!-~]+$";
    public const string Printable = "^[ -~]+$";

    /// <summary>RFC 6749 §3.3, and of an <c>acr</c> (RFC 9470 §3).</summary>
    public const string Token = @"^[!#-\[\]-~]+$";

    /// <summary>The same without a star.</summary>
    public const string Scope = @"^[!#-)+-\[\]-~]+$";

    /// <summary>A scope, or one with a star at an end.</summary>
    public const string ScopePattern = @"^(\*?[!#-)+-\[\]-~]+|[!#-)+-\[\]-~]+\*)$";

    /// <summary>The alias of an identity provider, a bar, the person's id there.</summary>
    public const string Subject = @"^[^|]+\|.+$";

    public const string Network = "^[0-9A-Fa-f:.]+/[0-9]{1,3}$";
    public const string Clock = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
    public const string Rate = "^[0-9]{1,6}/[0-9]{1,5}[smh]$";
}

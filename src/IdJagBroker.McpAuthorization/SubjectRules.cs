using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// By what an issuer may say which account is meant (RAS-27), on top of the stored link, which is always looked at. The order is fixed, whatever
/// the order of the calls: <c>aud_sub</c>, <c>sub_id</c>, link, e-mail, just in time. The first that matches wins, and two that match different accounts
/// are refused. Each method gives the same rules back, so that calls can be chained.
/// </summary>
public sealed class SubjectRules
{
    private readonly List<string> _faults = [];

    internal bool AccountId { get; private set; }

    internal bool Opaque { get; private set; }

    internal List<string> AccountHosts { get; } = [];

    internal List<string> SubjectIssuers { get; } = [];

    internal List<string> SubjectIdDomains { get; } = [];

    internal List<string> EmailDomains { get; } = [];

    /// <summary>The claims that are copied into a new account; null: none is made.</summary>
    internal List<string>? ProvisionedClaims { get; private set; }

    internal IEnumerable<string> Faults => ProvisionedClaims?.Contains("email") is true && EmailDomains.Count is 0
        ? [.. _faults, "JustInTime: an e-mail address is told only if it is believed; say with ByVerifiedEmail of which domains."]
        : _faults;

    /// <summary>
    /// By <c>aud_sub</c>, the account's id here. The issuer can then name every account of its tenant: give it one with
    /// <see cref="TrustedIssuer.AudienceTenant"/> unless all accounts are its enterprise's.
    /// </summary>
    public SubjectRules ByAccountId()
    {
        AccountId = true;
        return this;
    }

    /// <summary>By a <c>sub_id</c> of format <c>opaque</c>, whose <c>id</c> is the account's id here. What <see cref="ByAccountId"/> says of tenants holds for it.</summary>
    public SubjectRules BySubjectIdOpaque()
    {
        Opaque = true;
        return this;
    }

    /// <summary>By a <c>sub_id</c> of format <c>account</c> at one of these hosts of yours: <c>acct:mira@trackr.example</c>. What <see cref="ByAccountId"/> says of tenants holds for it.</summary>
    /// <param name="hosts">Compared without case.</param>
    public SubjectRules BySubjectIdAccount(params string[] hosts) => Add(AccountHosts, hosts, IsHost, "BySubjectIdAccount: a host name is expected.");

    /// <summary>
    /// By a <c>sub_id</c> of format <c>iss_sub</c>, if you have stored links to people of that other issuer: of the identity provider behind the
    /// broker, say, whose single sign-on you have used before.
    /// </summary>
    /// <param name="issuers">The issuers whose people it may name; compared character for character.</param>
    public SubjectRules BySubjectIdIssuer(params string[] issuers) =>
        Add(SubjectIssuers, issuers, static issuer => Issuer.TryParse(issuer, allowLoopbackHttp: true, out _), "BySubjectIdIssuer: an issuer identifier is expected.");

    /// <summary>By a <c>sub_id</c> of format <c>email</c>: as <see cref="ByVerifiedEmail"/> has it, but each time, and nothing is linked.</summary>
    /// <param name="domains">The domains that the issuer is authoritative for.</param>
    public SubjectRules BySubjectIdEmail(params string[] domains) => Add(SubjectIdDomains, domains, IsHost, "BySubjectIdEmail: a domain is expected.");

    /// <summary>
    /// By <c>email</c>, once: if the issuer says <c>email_verified</c> and the domain is one of these, the person is linked to the account of that address, and
    /// is known by the link from then on, whatever becomes of the address (RAS-29).
    /// </summary>
    /// <param name="domains">The domains that the issuer is authoritative for, each for itself: a subdomain is another domain.</param>
    public SubjectRules ByVerifiedEmail(params string[] domains) => Add(EmailDomains, domains, IsHost, "ByVerifiedEmail: a domain is expected.");

    /// <summary>Makes an account for whoever has none (RAS-30).</summary>
    /// <param name="claims">The claims that are told to <see cref="IAccountStore.ProvisionAsync"/>: <c>email</c>, <c>name</c> and the like. None of the protocol's own.</param>
    public SubjectRules JustInTime(params string[] claims)
    {
        ProvisionedClaims ??= [];
        return Add(ProvisionedClaims, claims, static claim => claim is "email" || (claim.Length > 0 && !IdJag.IsReserved(claim)), "JustInTime: a claim of the person is expected, none of the protocol's.", mayBeNone: true);
    }

    /// <summary>Whether an address is verified and in a domain that the issuer speaks for.</summary>
    internal bool Believes(IdJag claims, string? email) => Believes(claims, email, EmailDomains);

    /// <inheritdoc cref="Believes(IdJag, string?)"/>
    internal static bool Believes(IdJag claims, string? email, List<string> domains)
    {
        if (claims.EmailVerified is not true || email is null || !IsPlainAscii(email)) return false;
        var at = email.LastIndexOf('@');
        return at > 0 && Has(domains, email.AsSpan(at + 1));
    }

    /// <summary>ASCII only: outside it, what looks alike or folds alike is not the same mailbox.</summary>
    internal static bool Has(List<string> hosts, ReadOnlySpan<char> host)
    {
        foreach (var known in hosts)
            if (System.Text.Ascii.EqualsIgnoreCase(known, host)) return true;
        return false;
    }

    private static bool IsPlainAscii(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static bool IsHost(string host) => Uri.CheckHostName(host) is UriHostNameType.Dns && IsPlainAscii(host);

    private SubjectRules Add(List<string> known, string[] added, Func<string, bool> isGood, string fault, bool mayBeNone = false)
    {
        if ((added.Length is 0 && !mayBeNone) || !added.All(isGood)) _faults.Add(fault);
        known.AddRange(added.Except(known));
        return this;
    }
}

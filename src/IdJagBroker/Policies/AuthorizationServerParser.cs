using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>authorizationServers.ALIAS</c>.</summary>
internal sealed class AuthorizationServerParser(CatalogEntryParser entry)
{
    /// <summary>What begins a <c>subject</c> that is taken from a claim.</summary>
    public const string ClaimPrefix = "claim:";

    /// <summary>The words of <c>subject</c>.</summary>
    public static readonly ImmutableArray<(string, SubjectSource)> Sources =
    [
        ("broker", SubjectSource.Broker), ("upstream_sub", SubjectSource.UpstreamSub), ("pairwise", SubjectSource.Pairwise),
        ("email", SubjectSource.Email),
    ];

    /// <summary>The words of <c>resourceParameter</c>.</summary>
    public static readonly ImmutableArray<(string, ResourceParameter)> ResourceParameters =
        [("default", ResourceParameter.Default), ("required", ResourceParameter.Required), ("optional", ResourceParameter.Optional)];

    private readonly YamlValues _values = entry.Values;
    private readonly TokenSettingsParser _tokens = new(entry);
    private readonly ReceiptsParser _receipts = new(entry);
    private readonly UniqueNames _issuers = new(entry.Problems, PolicyDiagnosticCode.IssuerDuplicate);
    private readonly UniqueNames _audiences = new(entry.Problems, PolicyDiagnosticCode.AudienceDuplicate);

    public CatalogAuthorizationServer? Parse(string alias, YamlFields fields)
    {
        var issuer = entry.Issuer(fields);
        if (issuer is not null && fields.Optional("issuer") is { At: var issuerAt } && _issuers.Claim(issuer.LookupKey, issuer.Value, alias, issuerAt))
            _audiences.Claim(issuer.LookupKey, issuer.Value, alias, issuerAt);
        var aliases = ImmutableArray.CreateBuilder<string>();
        foreach (var (text, at) in _values.Texts(fields.Optional("audienceAliases"), "audienceAliases"))
            if (_audiences.Claim(Issuer.LookupKeyOf(text) ?? text, text, alias, at)) aliases.Add(text);   // an issuer's would never be reached
        var (clientIds, same) = ClientIds(fields.Optional("clientIds"));
        var server = new CatalogAuthorizationServer
        {
            Alias = alias,
            Issuer = issuer!,
            AudienceAliases = aliases.DrainToImmutable(),
            ClientIds = clientIds,
            SameClientIds = same,
            Subject = Subject(fields.Optional("subject")),
            MaxLifetime = _values.Duration(fields.Optional("maxLifetime"), "maxLifetime", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime),
            ResourceParameter = _values.Word(fields.Optional("resourceParameter"), "resourceParameter", ResourceParameters) ?? ResourceParameter.Default,
            Token = _tokens.Parse(fields),
            SignIn = SignInNeedsParser.Parse(entry, fields),
            Receipts = _receipts.Parse(fields.Optional("receipts")),
            Enabled = _values.Flag(fields.Optional("enabled"), "enabled", true),
        };
        return issuer is null ? null : server;
    }

    private (FrozenDictionary<string, string> Ids, FrozenSet<string> Same) ClientIds(YamlNode? node)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        var same = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in _values.Entries(node, "clientIds"))
        {
            var alias = member.Key.Value;
            if (!entry.IsKnown(alias, member.Key.At, "a client", entry.Names.Clients, PolicyDiagnosticCode.ClientUnknown)) continue;
            if (member.Value is YamlMap map) { if (IsSame(alias, map)) same.Add(alias); }
            else if (_values.Text(member.Value, "a client id") is { } id) ids[alias] = id;
        }
        return (ids.ToFrozenDictionary(StringComparer.Ordinal), same.ToFrozenSet(StringComparer.Ordinal));
    }

    // {sameAsHere: true}. An id that we gave, or that an administrator chose here, means nothing there: only an address has one meaning
    // everywhere (JAG-09).
    private bool IsSame(string alias, YamlMap map)
    {
        var fields = _values.Fields(map, "a client id")!;
        var node = fields.Required("sameAsHere");
        fields.End();
        if (node is null) return false;
        if (!entry.Names.DocumentClients.Contains(alias))
            entry.Problems.Error(node.At, PolicyDiagnosticCode.FieldNotApplicable, $"only a client with registration: metadata_document has the same id everywhere; write the id of '{alias}' at this server");
        else if (!_values.Flag(node, "sameAsHere", true))
            entry.Problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, "sameAsHere can only be true; leave the client out if it has no id there");
        return true;
    }

    private SubjectStrategy Subject(YamlNode? node)
    {
        if (node is YamlScalar { Value: var text } && text.StartsWith(ClaimPrefix, StringComparison.Ordinal))
        {
            var claim = text[ClaimPrefix.Length..];
            SubjectClaimName.Check(claim, node.At, entry.Problems, "; 'email' without claim: checks that it is verified");
            return new SubjectStrategy(SubjectSource.Claim, claim);
        }
        return _values.Word(node, "subject", [.. Sources, (ClaimPrefix + "NAME", SubjectSource.Claim)]) is { } source
            ? new SubjectStrategy(source) : SubjectStrategy.Broker;
    }
}

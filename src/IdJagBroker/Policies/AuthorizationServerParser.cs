using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>authorizationServers.ALIAS</c>.</summary>
internal sealed class AuthorizationServerParser(CatalogEntryParser entry)
{
    private const string ClaimPrefix = "claim:";

    private static readonly ImmutableArray<(string, SubjectSource)> Sources =
    [
        ("broker", SubjectSource.Broker), ("upstream_sub", SubjectSource.UpstreamSub), ("pairwise", SubjectSource.Pairwise),
        ("email", SubjectSource.Email),
    ];

    private static readonly ImmutableArray<(string, ResourceParameter)> ResourceParameters =
        [("default", ResourceParameter.Default), ("required", ResourceParameter.Required), ("optional", ResourceParameter.Optional)];

    private readonly YamlValues _values = entry.Values;
    private readonly TokenSettingsParser _tokens = new(entry);
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
        var server = new CatalogAuthorizationServer
        {
            Alias = alias,
            Issuer = issuer!,
            AudienceAliases = aliases.DrainToImmutable(),
            ClientIds = ClientIds(fields.Optional("clientIds")),
            Subject = Subject(fields.Optional("subject")),
            MaxLifetime = _values.Duration(fields.Optional("maxLifetime"), "maxLifetime", PolicySnapshot.MinLifetime, PolicySnapshot.MaxLifetime),
            ResourceParameter = _values.Word(fields.Optional("resourceParameter"), "resourceParameter", ResourceParameters) ?? ResourceParameter.Default,
            Token = _tokens.Parse(fields),
            SignIn = SignInNeedsParser.Parse(entry, fields),
            Enabled = _values.Flag(fields.Optional("enabled"), "enabled", true),
        };
        return issuer is null ? null : server;
    }

    private FrozenDictionary<string, string> ClientIds(YamlNode? node)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in _values.Entries(node, "clientIds"))
        {
            if (entry.IsKnown(member.Key.Value, member.Key.At, "a client", entry.Names.Clients, PolicyDiagnosticCode.ClientUnknown)
                && _values.Text(member.Value, "a client id") is { } id) ids[member.Key.Value] = id;
        }
        return ids.ToFrozenDictionary(StringComparer.Ordinal);
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

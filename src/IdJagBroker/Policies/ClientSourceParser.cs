using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads those fields of <c>clients.ALIAS</c> that say where ids and keys are which are not in the catalogue.</summary>
internal sealed class ClientSourceParser(CatalogEntryParser entry)
{
    private readonly YamlValues _values = entry.Values;
    private readonly UniqueNames _hosts = new(entry.Problems, PolicyDiagnosticCode.DocumentHostDuplicate);

    /// <summary>One owner per object: what stood in two places would be decided by whoever looks first.</summary>
    public static void RefuseForeignFields(ClientRegistration registration, YamlFields fields)
    {
        if (registration is not ClientRegistration.MetadataDocument)
            Refuse(fields, "is for registration: metadata_document", "documents", "documentHosts");
        if (registration is ClientRegistration.Database)
            Refuse(fields, "is in the client registry when registration is database", "clientIds", "secretHashes", "jwks", "jwksUri");
        if (registration is ClientRegistration.MetadataDocument)
            Refuse(fields, "is in the client's document when registration is metadata_document", "clientIds", "secretHashes", "jwks", "jwksUri");
    }

    /// <summary>Refuses what only a client with keys has.</summary>
    public static void RefuseKeyFields(ClientRegistration registration, YamlFields fields)
    {
        Refuse(fields, "is for auth: private_key_jwt", "privateNetwork");
        if (registration is ClientRegistration.Catalogue) Refuse(fields, "is for auth: private_key_jwt", "jwks", "jwksUri");
    }

    /// <summary>Refuses what only a client has that proves who it is.</summary>
    public static void RefuseCredentialFields(ClientRegistration registration, YamlFields fields)
    {
        if (registration is ClientRegistration.Catalogue)
        {
            Refuse(fields, "is for auth: client_secret", "secretHashes");
            Refuse(fields, "is for auth: private_key_jwt", "jwks", "jwksUri", "privateNetwork");
        }
        Refuse(fields, "is for clients that prove who they are: a public client brings what it got here", "subjectTokenAudiences");
    }

    /// <summary>Adds them to <paramref name="client"/>.</summary>
    public CatalogClient Parse(
        string alias, ClientRegistration registration, ClientAuth? auth, YamlFields fields, UniqueNames clientIds, CatalogClient client)
    {
        if (registration is ClientRegistration.MetadataDocument) client = ParseDocuments(alias, auth, fields, clientIds, client);
        if (registration is ClientRegistration.Catalogue && auth is not (ClientAuth.ClientSecret or ClientAuth.None))
        {
            if (fields.Has("jwks")) fields.Refuse("jwksUri", "and jwks exclude each other");
            client = client with { JwksUri = entry.HttpsUrl(fields.Optional("jwksUri"), "jwksUri") };
        }
        if (auth is ClientAuth.ClientSecret || (auth is ClientAuth.None && registration is ClientRegistration.Catalogue)) return client;
        if (registration is ClientRegistration.Catalogue && !fields.Has("jwksUri"))
        {
            fields.Refuse("privateNetwork", "is for keys that are fetched");
            return client;
        }
        return client with { PrivateNetwork = fields.Optional("privateNetwork") is { } network && _values.Flag(network, "privateNetwork", false) };
    }

    private CatalogClient ParseDocuments(string alias, ClientAuth? auth, YamlFields fields, UniqueNames clientIds, CatalogClient client)
    {
        entry.Names.DocumentClients.Add(alias);
        if (auth is ClientAuth.ClientSecret)
            entry.Problems.Error(fields.Optional("auth")!.At, PolicyDiagnosticCode.ValueInvalid, "a document is public and holds no secret; auth must be private_key_jwt or none");
        var (documents, hosts) = (fields.Optional("documents"), fields.Optional("documentHosts"));
        if (documents is null && hosts is null)
            entry.Problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "'documents' or 'documentHosts' is missing");
        return client with { Documents = [.. Documents(alias, documents, clientIds)], DocumentOrigins = [.. Origins(alias, hosts)] };
    }

    private IEnumerable<ClientDocumentUrl> Documents(string alias, YamlNode? node, UniqueNames clientIds)
    {
        foreach (var (text, at) in _values.Texts(node, "documents"))
        {
            if (ClientDocumentUrl.TryParse(text, out var url) && entry.HttpsUrl(text) is not null)
            {
                if (clientIds.Claim(text, alias, at)) yield return url;
            }
            else
            {
                entry.Problems.Error(at, PolicyDiagnosticCode.UriInvalid,
                    $"{PolicyDiagnostics.Quote(text)} is not the address of a client's document: https, a path, no query or fragment, spelt as it is fetched");
            }
        }
    }

    private IEnumerable<string> Origins(string alias, YamlNode? node)
    {
        foreach (var (host, at) in _values.Texts(node, "documentHosts"))
        {
            if (!ClientDocumentUrl.TryParse($"https://{host}/x", out var https) || https.Origin != "https://" + host)
            {
                entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                    $"{PolicyDiagnostics.Quote(host)} is not a host: a name in lower case, with a port if it is not 443, and nothing else");
            }
            else if (_hosts.Claim(host, alias, at))
            {
                yield return https.Origin;
                if (entry.AllowLoopbackHttp && https.Url.IsLoopback) yield return "http://" + host;
            }
        }
    }

    private static void Refuse(YamlFields fields, string why, params ReadOnlySpan<string> names)
    {
        foreach (var name in names) fields.Refuse(name, why);
    }
}

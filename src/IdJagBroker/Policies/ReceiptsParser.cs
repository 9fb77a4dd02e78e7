using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>authorizationServers.ALIAS.receipts</c>.</summary>
internal sealed class ReceiptsParser(CatalogEntryParser entry)
{
    private readonly ClientKeysParser _keys = new(entry);

    /// <summary>What is written, or null: nothing, so that server does not report.</summary>
    public CatalogReceipts? Parse(YamlNode? node)
    {
        if (node is null || entry.Values.Fields(node, "receipts") is not { } fields) return null;
        if (!fields.Has("jwks") && !fields.Has("jwksUri")) entry.Problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "'jwks' or 'jwksUri' is missing");
        if (fields.Has("jwks")) fields.Refuse("jwksUri", "and jwks exclude each other");
        if (!fields.Has("jwksUri")) fields.Refuse("privateNetwork", "is for keys that are fetched");
        var receipts = new CatalogReceipts(
            _keys.Parse(fields.Optional("jwks")),
            entry.HttpsUrl(fields.Optional("jwksUri"), "jwksUri"),
            fields.Optional("privateNetwork") is { } network && entry.Values.Flag(network, "privateNetwork", false));
        fields.End();
        return receipts;
    }
}

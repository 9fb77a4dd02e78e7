using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Demo.Walk;

/// <summary>What the administrator of Acme wrote: the files that the broker of the demonstration reads.</summary>
internal static class DemoPolicies
{
    public const string Catalog = "00-catalog.yaml";
    public const string Rules = "10-notes.yaml";

    /// <summary>Writes both files; returns the directory.</summary>
    public static string Write(DemoOptions options, DemoAddresses at, string secretHash)
    {
        var directory = Directory.CreateDirectory(Path.Combine(options.State, "policies")).FullName;
        File.WriteAllText(Path.Combine(directory, Catalog), CatalogText(options, at, secretHash));
        File.WriteAllText(Path.Combine(directory, Rules), RulesText);
        return directory;
    }

    private static string CatalogText(DemoOptions options, DemoAddresses at, string secretHash)
    {
        string Id(Group group) => options.Shape is EntraShape ? EntraShape.ObjectId(group.Id) : group.Id;
        var tenants = options.Shape is EntraShape ? $", tenants: [{DemoOptions.EntraTenant}]" : "";
        return
            $$$"""
            apiVersion: broker/v1
            kind: Catalog
            metadata: {name: acme-demo, owner: iam-team@acme.example}
            idps:
              acme: {issuer: "{{{at.Idp}}}", kind: {{{options.IdpKind}}}, groupsClaim: groups{{{tenants}}}}
            groups:                              # alias -> stable id at the IdP (never a display name)
              engineering: {idp: acme, id: {{{Id(AcmePeople.Engineering)}}}}
              sre:         {idp: acme, id: {{{Id(AcmePeople.Sre)}}}}
            clients:
              notes-agent:
                clientIds: [{{{DemoClient.AtBroker}}}]
                auth: client_secret
                secretHashes: ["{{{secretHash}}}"]
                subjectTokenAudiences: {acme: [{{{DemoClient.AtIdp}}}]}    # the client's own id at the IdP: whose ID Tokens it may present
            authorizationServers:
              notes:
                issuer: "{{{at.Notes}}}"
                clientIds: {notes-agent: {{{DemoClient.AtNotes}}}}
                receipts: {jwksUri: "{{{at.Notes}}}/jwks"}       # it reports what became of ID-JAGs, signed with a key of these
            resources:
              notes-mcp: {as: notes, uri: "{{{at.Notes}}}/mcp", scopes: [notes:read, notes:write, notes:admin]}
            """ + "\n";
    }

    private const string RulesText =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: notes, owner: iam-team@acme.example}
        rules:
          - id: engineers-take-notes
            effect: allow
            why: Engineers keep notes through the notes agent
            who:    {groups: {anyOf: [engineering]}}
            client: {ids: [notes-agent]}
            grant:  {notes-mcp: [notes:read, notes:write]}
          - id: sre-tidies-up
            effect: allow
            why: Only site reliability may purge
            who:    {groups: {anyOf: [sre]}}
            client: {ids: [notes-agent]}
            grant:  {notes-mcp: [notes:admin]}

        """;
}

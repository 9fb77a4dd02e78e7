using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;

namespace IdJagBroker.Demo.Walk;

/// <summary>What the administrator of Acme wrote: the files that the broker of the demonstration reads.</summary>
internal static class DemoPolicies
{
    /// <summary>The broker's id at the enterprise IdP.</summary>
    public const string AtIdp = "0oa-broker";

    public const string Catalog = "00-catalog.yaml";
    public const string Rules = "10-notes.yaml";

    /// <summary>How old what the broker knows of a person may be: the least that the catalogue takes.</summary>
    public static readonly TimeSpan RecheckAfter = TimeSpan.FromMinutes(1);

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
        var tenants = options.Shape is EntraShape ? $"\n    tenants: [{DemoOptions.EntraTenant}]" : "";
        var redirectUris = string.Join(", ", DesktopClient.RedirectUris.Select(uri => $"\"{uri}\""));
        return
            $$$"""
            apiVersion: broker/v1
            kind: Catalog
            metadata: {name: acme-demo, owner: iam-team@acme.example}
            idps:
              acme:
                issuer: "{{{at.Idp}}}"
                kind: {{{options.IdpKind}}}
                groupsClaim: groups{{{tenants}}}
                signIn: {clientId: {{{AtIdp}}}, name: Acme, scopes: [openid, profile, email, offline_access], recheckAfter: {{{RecheckAfter.TotalMinutes}}}m}
            groups:                              # alias -> stable id at the IdP (never a display name)
              engineering: {idp: acme, id: {{{Id(AcmePeople.Engineering)}}}}
              sre:         {idp: acme, id: {{{Id(AcmePeople.Sre)}}}}
            clients:
              notes-agent:
                clientIds: [{{{DemoClient.AtBroker}}}]
                auth: client_secret
                secretHashes: ["{{{secretHash}}}"]
                subjectTokenAudiences: {acme: [{{{DemoClient.AtIdp}}}]}    # the client's own id at the IdP: whose ID Tokens it may present
              {{{DesktopClient.Desktop.AtBroker}}}:
                clientIds: [{{{DesktopClient.Desktop.AtBroker}}}]
                auth: client_secret
                secretHashes: ["{{{secretHash}}}"]
                signIn: {name: Notes Desktop, redirectUris: [{{{redirectUris}}}], postLogoutRedirectUris: ["http://127.0.0.1/"]}    # people sign in through it here; the port is free
              {{{DesktopClient.Cli.AtBroker}}}:
                clientIds: [{{{DesktopClient.Cli.AtBroker}}}]
                auth: none                                               # it has no secret: people are shown who asks
                dpop: optional
                signIn: {name: Notes for the terminal, redirectUris: [{{{redirectUris}}}], postLogoutRedirectUris: ["http://127.0.0.1/"]}
            authorizationServers:
              notes:
                issuer: "{{{at.Notes}}}"
                clientIds: {notes-agent: {{{DemoClient.AtNotes}}}, {{{DesktopClient.Desktop.AtBroker}}}: {{{DesktopClient.Desktop.AtNotes}}}, {{{DesktopClient.Cli.AtBroker}}}: {{{DesktopClient.Cli.AtNotes}}}}
                receipts: {jwksUri: "{{{at.Notes}}}/jwks"}       # it reports what became of ID-JAGs, signed with a key of these
            resources:
              notes-mcp: {as: notes, uri: "{{{at.Notes}}}/mcp", scopes: [notes:read, notes:write, notes:admin], defaultScopes: [notes:read, notes:write]}
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
            why: Engineers keep notes
            who:    {groups: {anyOf: [engineering]}}
            client: {ids: [notes-agent, notes-desktop, notes-cli]}
            grant:  {notes-mcp: [notes:read, notes:write]}
          - id: sre-tidies-up
            effect: allow
            why: Only site reliability may purge
            who:    {groups: {anyOf: [sre]}}
            client: {ids: [notes-agent]}
            grant:  {notes-mcp: [notes:admin]}

        """;
}

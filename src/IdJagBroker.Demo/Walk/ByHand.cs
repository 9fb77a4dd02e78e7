namespace IdJagBroker.Demo.Walk;

/// <summary>The same path as lines to paste into a shell, one for each leg.</summary>
internal static class ByHand
{
    public static string Lines(DemoWorld world, DemoOptions options) =>
        $$$$"""

        ━━ By hand: paste these into a shell ━━
        # people: ana bob sam fin dana sue, all with the password {{{{world.Password}}}}
        export SECRET={{{{world.ClientSecret}}}} PASSWORD={{{{world.Password}}}} PERSON=ana ADMIN={{{{world.ManagementToken}}}}
        verifier=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
        challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d '=\n')

        # 1. sign in at the enterprise IdP (or open that URL in a browser: the code is in the address it ends at)
        jar=$(mktemp); page=$(curl -s -c "$jar" '{{{{world.At.Idp[..^options.Shape.IssuerPath.Length]}}}}/authorize?response_type=code&client_id={{{{DemoClient.AtIdp}}}}&redirect_uri={{{{Uri.EscapeDataString(DemoClient.Redirect.OriginalString)}}}}&scope=openid+email+groups&state=s&nonce=n&code_challenge_method=S256&code_challenge='"$challenge")
        field() { printf %s "$page" | sed -n "s/.*name=\"$1\" value=\"\([^\"]*\)\".*/\1/p"; }
        code=$(curl -s -b "$jar" -o /dev/null -D - --data-urlencode "request=$(field request)" --data-urlencode "token=$(field token)" -d "username=$PERSON" --data-urlencode "password=$PASSWORD" {{{{world.At.Idp[..^options.Shape.IssuerPath.Length]}}}}/login | sed -n 's/.*[?&]code=\([^&]*\).*/\1/p' | tr -d '\r')
        ID_TOKEN=$(curl -s {{{{world.At.Idp[..^options.Shape.IssuerPath.Length]}}}}/token -d grant_type=authorization_code -d client_id={{{{DemoClient.AtIdp}}}} -d "client_secret=$SECRET" -d "code=$code" -d "code_verifier=$verifier" --data-urlencode redirect_uri={{{{DemoClient.Redirect.OriginalString}}}} | sed 's/.*"id_token":"\([^"]*\)".*/\1/'); echo "$ID_TOKEN"

        # 2. exchange it for an ID-JAG at the broker
        ID_JAG=$(curl -s {{{{world.At.Broker}}}}/oauth2/token -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange -d requested_token_type=urn:ietf:params:oauth:token-type:id-jag -d subject_token_type=urn:ietf:params:oauth:token-type:id_token -d "subject_token=$ID_TOKEN" --data-urlencode audience={{{{world.At.Notes}}}} --data-urlencode resource={{{{world.Mcp}}}} -d 'scope=notes:read notes:write' -d client_id={{{{DemoClient.AtBroker}}}} -d "client_secret=$SECRET" | tee /dev/stderr | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

        # 3. redeem it at the vendor's authorization server
        ACCESS_TOKEN=$(curl -s {{{{world.At.Notes}}}}/token -u {{{{DemoClient.AtNotes}}}}:$SECRET -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer -d "assertion=$ID_JAG" | tee /dev/stderr | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

        # 4. call a tool, and one that needs a scope that the token lacks
        call() { curl -si {{{{world.Mcp}}}} -H "Authorization: Bearer $ACCESS_TOKEN" -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"'"$1"'","arguments":{}}}'; }
        call notes.list; call notes.purge

        # 5. the audit log
        curl -s {{{{world.At.Management}}}}/admin/v1/audit/events?limit=5 -H "Authorization: Bearer $ADMIN"

        # 6. what became of the ID-JAG: the vendor's authorization server reports it, a second later
        JTI=$(printf %s "$ID_JAG" | cut -d. -f2 | tr -- '-_' '+/' | sed 's/$/==/' | base64 -d 2>/dev/null | sed 's/.*"jti":"\([^"]*\)".*/\1/')
        curl -s {{{{world.At.Management}}}}/admin/v1/audit/events/$JTI/redemption -H "Authorization: Bearer $ADMIN"

        """;

    /// <summary>Where to sign in with a browser, and what an MCP client of one's own is given.</summary>
    public static string SignInLines(DemoWorld world) =>
        $"""

        ━━ With your own browser ━━
        {world.At.Desktop}
        people: ana bob sam fin dana sue, all with the password {world.Password}

        ━━ With your own MCP client (docs/how-to/clients) ━━
        the enterprise's issuer  {world.At.Broker}
          client id, secret      {DesktopClient.Desktop.AtBroker}  {world.ClientSecret}
        the MCP server           {world.Mcp}
          client id, secret      {DesktopClient.Desktop.AtNotes}  {world.ClientSecret}
        the log                  curl -s '{world.At.Management}/admin/v1/audit/events?client={DesktopClient.Desktop.AtBroker}&limit=20' -H 'Authorization: Bearer {world.ManagementToken}'

        """;
}

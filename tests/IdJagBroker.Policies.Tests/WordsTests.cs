using IdJagBroker.Policies;
using IdJagBroker.Policies.Formatting;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Tests.Policies.Mistakes;

namespace IdJagBroker.Tests.Policies;

/// <summary>Each word that a field takes, each name that is refused, and the longest and oddest of what is neither.</summary>
public sealed class WordsTests
{
    private static PolicyLoad Load(string was, string becomes)
    {
        Assert.Contains(was, WholeFiles.Catalog + WholeFiles.Rules, StringComparison.Ordinal);
        return Acme.Load(("00.yaml", WholeFiles.Catalog.Replace(was, becomes, StringComparison.Ordinal)), ("10.yaml", WholeFiles.Rules.Replace(was, becomes, StringComparison.Ordinal)));
    }

    private static void IsTaken(string was, string becomes) => Assert.Equal("", PolicyDiagnosticText.Render(Load(was, becomes).Diagnostics));

    private static void IsRefused(string was, string becomes, string message) => Assert.Contains(message, Assert.Single(Load(was, becomes).Diagnostics).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("kind: google, hostedDomains: [acme.example]", "kind: oidc"), InlineData("kind: google, hostedDomains: [acme.example]", "kind: ping"), InlineData("kind: google, hostedDomains: [acme.example]", "kind: okta")]
    [InlineData("auth: client_secret_post", "auth: client_secret_basic"), InlineData("dpop: optional", "dpop: none"), InlineData("trust: internal\n    subjectTokenAudiences", "trust: vendor\n    subjectTokenAudiences")]
    [InlineData("subject: \"claim:employee_id\"", "subject: broker"), InlineData("subject: \"claim:employee_id\"", "subject: upstream_sub"), InlineData("subject: \"claim:employee_id\"", "subject: pairwise"), InlineData("subject: \"claim:employee_id\"", "subject: email")]
    [InlineData("algorithm: RS256", "algorithm: ES256"), InlineData("resourceParameter: required", "resourceParameter: default"), InlineData("resourceParameter: required", "resourceParameter: optional"), InlineData("scopeMode: exact", "scopeMode: narrow")]
    [InlineData("algorithms: [RS256, ES256]", "algorithms: [PS256, ES384]"), InlineData("mode: enforce", "mode: shadow"), InlineData("recordLevel: full", "recordLevel: normal"), InlineData("clientAuth: private_key_jwt", "clientAuth: client_secret")]
    [InlineData("enabled: true\n  other", "enabled: True\n  other"), InlineData("enabled: true\n  other", "enabled: TRUE\n  other"), InlineData("enabled: true\n  other", "enabled: False\n  other"), InlineData("enabled: true\n  other", "enabled: FALSE\n  other")]
    public void Are_taken(string was, string becomes) => IsTaken(was, becomes);

    [Theory, Trait("Spec", "SEC-35")]
    [InlineData("email"), InlineData("preferred_username"), InlineData("upn"), InlineData("unique_name"), InlineData("name"), InlineData("nickname"), InlineData("phone_number")]
    public void A_claim_that_can_change_hands_says_who_nobody_is(string claim)
    {
        IsRefused("claim:employee_id", "claim:" + claim, $"'{claim}' can change hands and must not say who somebody is");
        IsRefused("audSubClaim: account", "audSubClaim: " + claim, $"'{claim}' can change hands");
        IsRefused("policyClaims: [dept, managed]", $"policyClaims: [dept, managed, {claim}]", $"'{claim}' can change hands");
    }

    [Theory]
    [InlineData(128, true), InlineData(129, false)]
    public void The_name_of_a_claim_has_so_many_characters_at_most(int chars, bool isTaken)
    {
        if (isTaken) IsTaken("claim:employee_id", "claim:" + new string('~', chars));
        else IsRefused("claim:employee_id", "claim:" + new string('~', chars), "the name of a claim is missing, too long, or not printable ASCII");
    }

    [Theory]
    [InlineData("claim:"), InlineData("claim:a b"), InlineData("claim:ä"), InlineData("claim:\\x7f")]
    public void The_name_of_a_claim_is_printable(string subject) => Assert.NotEmpty(Load("claim:employee_id", subject).Diagnostics);

    [Theory]
    [InlineData(255, true), InlineData(256, false)]
    public void The_name_of_a_claim_that_is_copied_and_an_acr_have_so_many_characters_at_most(int chars, bool isTaken)
    {
        Assert.Equal(isTaken, Load("urn:acme:level", "urn:acme:" + new string('~', chars - 9)).Snapshot is not null);
        Assert.Equal(isTaken, SignInNeedsParser.IsAcr(new string('~', chars)));
        Assert.Equal(isTaken, Load("audTenant: t-acme", "audTenant: \"" + new string('~', chars) + "\"").Snapshot is not null);
    }

    [Theory]
    [InlineData("!", true), InlineData("~", true), InlineData(" ", false), InlineData("\u007f", false), InlineData("a\"", false), InlineData("a\\", false), InlineData("ä", false), InlineData("a b", false)]
    public void An_acr_is_printable_without_space_quotes_and_backslash(string acr, bool isOne) => Assert.Equal(isOne, SignInNeedsParser.IsAcr(acr));

    [Theory]
    [InlineData("d"), InlineData("p"), InlineData("q"), InlineData("dp"), InlineData("dq"), InlineData("qi"), InlineData("oth"), InlineData("k")]
    public void No_part_of_a_private_key_may_stand_in_any_of_several_keys(string member)
    {
        const string first = "jwks: {keys: [", robot = "jwksUri: \"https://robot.example/keys\", privateNetwork: true";
        var good = WholeFiles.Catalog[(WholeFiles.Catalog.IndexOf(first, StringComparison.Ordinal) + first.Length)..];
        good = good[..(good.IndexOf('}', StringComparison.Ordinal) + 1)];
        var bad = good.Replace("kid: k", $"kid: k2, {member}: c2VjcmV0", StringComparison.Ordinal);
        foreach (var keys in (string[])[$"{good}, {bad}", $"{bad}, {good}"])
        {
            IsRefused(robot, $"jwks: {{keys: [{keys}]}}", $"'{member}' is part of a private key");
            Assert.DoesNotContain("c2VjcmV0", PolicyDiagnosticText.Render(Load(robot, $"jwks: {{keys: [{keys}]}}").Diagnostics), StringComparison.Ordinal);
        }
        IsTaken(robot, $"jwks: {{keys: [{good}, {good.Replace("kid: k", "kid: k2, key_ops: [verify], ext: true, other: {a: b}", StringComparison.Ordinal)}]}}");
    }

    [Theory]
    [InlineData("login.microsoftonline.com", "sts.windows.net"), InlineData("login.microsoftonline.us", "sts.windows.net"), InlineData("login.partner.microsoftonline.cn", "sts.chinacloudapi.cn")]
    public void The_first_version_of_tokens_has_an_issuer_of_its_own_in_each_cloud(string host, string first)
    {
        var idp = Load("login.microsoftonline.com", host).Snapshot!.Catalog.Idps["entra"];
        Assert.Equal([$"https://{host}/11111111-2222-3333-4444-555555555555/v2.0", $"https://{first}/11111111-2222-3333-4444-555555555555/"], IdpIssuers.Of(idp).Select(issuer => issuer.Value));
    }

    [Fact]
    public void Fields_of_a_rule_are_written_in_one_order()
    {
        string[] order = ["id", "effect", "mode", "why", "who", "client", "target", "scopes", "grant", "require", "unless", "during", "validity", "emergency", "limits", "claims", "notify", "recordLevel", "other"];
        static string Text(IEnumerable<string> fields) => Acme.PolicyHead + "  - " + string.Join("\n    ", fields.Select(field => field + ": x")) + "\n";

        Assert.Equal(Text(order), PolicyFormatter.Format(new PolicySource("x", "x", Text(order.Reverse()))).Text);
        for (var i = 0; i + 1 < order.Length; i++) Assert.Equal(Text([order[i], order[i + 1]]), PolicyFormatter.Format(new PolicySource("x", "x", Text([order[i + 1], order[i]]))).Text);
    }

    [Theory]
    [InlineData("\"a\\u0001b\": 1", "a key must be at most 512 printable characters"), InlineData("[a]: 1", "a key must be text")]
    public void A_key_is_printable_text(string field, string message)
    {
        var problems = new PolicyDiagnostics();
        YamlReader.Read(new PolicySource("x", "x", field + "\n"), problems);
        Assert.Equal(message, Assert.Single(problems.Sorted()).Message);
    }

    [Theory]
    [InlineData(512, true), InlineData(513, false)]
    public void A_key_and_a_text_have_so_many_characters_at_most(int chars, bool isTaken)
    {
        var problems = new PolicyDiagnostics();
        YamlReader.Read(new PolicySource("x", "x", $"\"{new string('k', chars)}\": 1\n"), problems);
        Assert.Equal(isTaken, !problems.HasErrors);
        Assert.Equal(isTaken, Load("why: It is needed", "why: " + new string('w', chars)).Snapshot is not null);
    }
}

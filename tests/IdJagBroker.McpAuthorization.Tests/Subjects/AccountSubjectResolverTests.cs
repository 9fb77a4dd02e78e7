using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests.Subjects;

/// <summary>Whose account it is, by the ready-made rules (RAS-26…32, C-17, C-27): each rule accepted once, then each of its conditions broken alone.</summary>
public sealed class AccountSubjectResolverTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private const string Sub = "7d0c1b52-88f4";                            // of LoopbackBroker.IdJag
    private const string Mail = "mira.okoye@acme.example";
    private const string Upstream = "https://login.acme.example";
    private const string Unknown = "the subject cannot be identified";

    private readonly InMemoryAccountStore _accounts = new();

    private string Issuer => broker.Issuer;

    [Fact, Trait("Spec", "RAS-26"), Trait("Spec", "RAS-28")]
    public async Task Finds_a_person_by_the_link_of_issuer_tenant_and_sub()
    {
        _accounts.Add(new KnownAccount("trk_1"));
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        await using var ras = await StartAsync(rules: null);

        Assert.Equal("trk_1", await SubjectAsync(ras, broker.IdJag()));
        await RefusedAsync(ras, With("sub", "7D0C1B52-88F4"));
        await RefusedAsync(ras, With("tenant", "acme-eu"));
        await RefusedAsync(ras, With("sub", "somebody-else"));
    }

    [Fact, Trait("Spec", "RAS-28")]
    public async Task Knows_the_same_sub_of_two_issuers_as_two_people()
    {
        await using var second = new LoopbackBroker();
        await second.InitializeAsync();
        _accounts.Add(new KnownAccount("trk_1"));
        _accounts.Add(new KnownAccount("trk_2"));
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        _accounts.Link(new SubjectLink(second.Issuer, null, Sub), "trk_2");
        await using var ras = await StartAsync(rules: null, configure: options => options.TrustedIssuers.Add(new TrustedIssuer { Issuer = second.Issuer }));

        Assert.Equal("trk_1", await SubjectAsync(ras, broker.IdJag()));
        Assert.Equal("trk_2", await SubjectAsync(ras, second.IdJag()));
    }

    [Theory, Trait("Spec", "RAS-27")]
    [InlineData("aud_sub", "trk_1"), InlineData("opaque", "trk_1"), InlineData("account", "mira"), InlineData("account-encoded", "mira"), InlineData("iss_sub", "u-77"), InlineData("email", Mail)]
    public async Task Finds_a_person_by_each_identifier_that_the_issuer_may_use(string kind, string value)
    {
        Mira();
        await using var ras = await StartAsync(AllRules());

        Assert.Equal("trk_1", await SubjectAsync(ras, Named(kind, value)));
    }

    [Theory, Trait("Spec", "RAS-27")]
    [InlineData("aud_sub", "trk_1"), InlineData("opaque", "trk_1"), InlineData("account", "mira"), InlineData("iss_sub", "u-77"), InlineData("email", Mail)]
    public async Task Finds_nobody_by_an_identifier_that_the_issuer_may_not_use(string kind, string value)
    {
        Mira();
        await using var ras = await StartAsync(new SubjectRules());

        await RefusedAsync(ras, Named(kind, value));
    }

    [Theory, Trait("Spec", "RAS-27")]
    [InlineData("aud_sub", "TRK_1"), InlineData("aud_sub", "trk_9"), InlineData("opaque", "trk_9"), InlineData("account", "Mira"), InlineData("account-elsewhere", "mira")]
    [InlineData("iss_sub", "u-78"), InlineData("iss_sub-of-another", "u-77"), InlineData("email", "nobody@acme.example")]
    public async Task Finds_nobody_by_an_identifier_of_nobody(string kind, string value)
    {
        Mira();
        await using var ras = await StartAsync(AllRules());

        await RefusedAsync(ras, Named(kind, value));
    }

    [Theory, Trait("Spec", "RAS-27")]
    [InlineData("aud_sub", "sub_id"), InlineData("aud_sub", "link"), InlineData("sub_id", "link"), InlineData("aud_sub", "mail"), InlineData("sub_id", "mail")]
    public async Task Refuses_two_identifiers_of_two_accounts_and_takes_them_for_one(string first, string second)
    {
        foreach (var agree in new[] { true, false })
        {
            var store = new InMemoryAccountStore();
            store.Add(new KnownAccount("trk_1"), email: agree ? Mail : null);
            store.Add(new KnownAccount("trk_2"), email: agree ? null : Mail);
            if (second is "link") store.Link(new SubjectLink(Issuer, null, Sub), agree ? "trk_1" : "trk_2");
            var idJag = first is "aud_sub" ? With("aud_sub", "trk_1") : Named("opaque", "trk_1");
            if (second is "sub_id") idJag.Claims["sub_id"] = new JsonObject { ["format"] = "opaque", ["id"] = agree ? "trk_1" : "trk_2" };
            if (second is "mail") (idJag.Claims["email"], idJag.Claims["email_verified"]) = (Mail, true);
            await using var ras = await StartAsync(AllRules().ByVerifiedEmail("acme.example"), store);

            if (agree) Assert.Equal("trk_1", await SubjectAsync(ras, idJag));
            else await RefusedAsync(ras, idJag);
            Assert.Equal(!agree, ras.Logs.Any(line => line.Contains("two identifiers name two accounts", StringComparison.Ordinal)));
        }
    }

    [Fact, Trait("Spec", "RAS-27"), Trait("Spec", "RAS-31")]
    public async Task Finds_an_account_by_its_id_only_in_the_tenant_of_the_issuer()
    {
        _accounts.Add(new KnownAccount("trk_1") { Tenant = "ws_other" });
        _accounts.Add(new KnownAccount("trk_2") { Tenant = "ws_acme" });
        await using var ras = await StartAsync(new SubjectRules().ByAccountId(), trust: trust => trust.AudienceTenant = "ws_acme");

        await RefusedAsync(ras, With("aud_sub", "trk_1"));
        Assert.Equal("trk_2", await SubjectAsync(ras, With("aud_sub", "trk_2")));
    }

    [Fact, Trait("Spec", "RAS-31")]
    public async Task Takes_no_account_of_another_tenant_whatever_leads_to_it()
    {
        _accounts.Add(new KnownAccount("trk_1") { Tenant = "ws_other" });
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        await using var ras = await StartAsync(rules: null, trust: trust => trust.AudienceTenant = "ws_acme");

        await RefusedAsync(ras, broker.IdJag());
    }

    [Fact, Trait("Spec", "RAS-29"), Trait("Spec", "RAS-27")]
    public async Task Links_by_e_mail_once_and_then_goes_by_sub()
    {
        _accounts.Add(new KnownAccount("trk_1"), email: Mail);
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example"));
        Assert.Equal("trk_1", await SubjectAsync(ras, Mailed("Mira.Okoye@ACME.example")));

        // The person is renamed, and somebody new gets an account with the address that was theirs.
        _accounts.Add(new KnownAccount("trk_1"), email: "mira.adeyemi@acme.example");
        _accounts.Add(new KnownAccount("trk_2"), email: Mail);

        Assert.Equal("trk_1", await SubjectAsync(ras, broker.IdJag()));
        Assert.Equal("trk_1", await SubjectAsync(ras, Mailed(Mail)));
    }

    [Fact, Trait("Spec", "RAS-29")]
    public async Task Gives_nobody_the_account_of_the_person_who_had_the_address_before()
    {
        _accounts.Add(new KnownAccount("trk_1"), email: Mail);
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example").JustInTime("email"));
        Assert.Equal("trk_1", await SubjectAsync(ras, Mailed(Mail)));
        var successor = Mailed(Mail);
        successor.Claims["sub"] = "new-hire";

        await RefusedAsync(ras, successor);
    }

    [Theory, Trait("Spec", "RAS-29")]
    [InlineData("mira@acme.example.evil.example", true), InlineData("mira@evil-acme.example", true), InlineData("mira@sub.acme.example", true), InlineData("acme.example", true)]
    [InlineData("@acme.example", true), InlineData("mira@acme.example@evil.example", true), InlineData("mira@acme.exampl\u0435", true), InlineData("m\u0131ra@acme.example", true), InlineData("mira @acme.example", true)]
    [InlineData(Mail, false), InlineData(Mail, null)]
    public async Task Believes_no_e_mail_that_is_unverified_or_of_a_domain_the_issuer_does_not_speak_for(string email, bool? verified)
    {
        _accounts.Add(new KnownAccount("trk_1"), email: email);
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example").BySubjectIdEmail("acme.example"));
        foreach (var inSubId in new[] { false, true })
        {
            var idJag = broker.IdJag();
            if (verified is { } said) idJag.Claims["email_verified"] = said;
            if (inSubId) idJag.Claims["sub_id"] = new JsonObject { ["format"] = "email", ["email"] = email };
            else idJag.Claims["email"] = email;

            await RefusedAsync(ras, idJag);
        }
    }

    [Fact, Trait("Spec", "RAS-29")]
    public async Task Believes_no_e_mail_in_sub_id_that_differs_from_the_one_that_is_verified()
    {
        _accounts.Add(new KnownAccount("trk_1"), email: "ceo@acme.example");
        await using var ras = await StartAsync(new SubjectRules().BySubjectIdEmail("acme.example"));
        var idJag = Mailed(Mail);
        idJag.Claims["sub_id"] = new JsonObject { ["format"] = "email", ["email"] = "ceo@acme.example" };

        await RefusedAsync(ras, idJag);
    }

    [Theory, Trait("Spec", "RAS-30"), Trait("Spec", "RAS-32")]
    [InlineData(true, "access_denied"), InlineData(false, "invalid_grant")]
    public async Task Tells_a_person_without_account_from_one_that_cannot_be_told(bool mailIsBelieved, string error)
    {
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example"));

        (await ras.RedeemAsync(mailIsBelieved ? Mailed(Mail) : Mailed("mira@elsewhere.example"))).AssertRefused(400, error);
        Assert.Empty(_accounts.Accounts);
    }

    [Fact, Trait("Spec", "RAS-32"), Trait("Spec", "RAS-23")]
    public async Task Denies_a_blocked_person_at_the_next_redemption()
    {
        _accounts.Add(new KnownAccount("trk_1"), email: Mail);
        _accounts.Add(new KnownAccount("trk_2") { IsEntitled = false }, email: "ola@acme.example");
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example").JustInTime());
        var idJag = broker.IdJag();
        Assert.Equal("trk_1", await SubjectAsync(ras, idJag));

        _accounts.Add(new KnownAccount("trk_1") { IsEntitled = false }, email: Mail);

        (await ras.RedeemAsync(idJag)).AssertRefused(400, "access_denied", "the subject may not use this server");
        var blockedByMail = Mailed("ola@acme.example");
        blockedByMail.Claims["sub"] = "ola";
        (await ras.RedeemAsync(blockedByMail)).AssertRefused(400, "access_denied");
        Assert.Equal(2, _accounts.Accounts.Count);
    }

    [Fact, Trait("Spec", "RAS-30")]
    public async Task Makes_an_account_once_however_many_ask_at_once()
    {
        await using var ras = await StartAsync(new SubjectRules().JustInTime(), new Slow(_accounts));
        var idJag = broker.IdJag();

        var subjects = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SubjectAsync(ras, idJag)));

        Assert.Single(subjects.Distinct());
        Assert.Single(_accounts.Accounts);
    }

    [Theory, Trait("Spec", "RAS-30"), Trait("Spec", "RAS-29")]
    [InlineData(Mail, true, true), InlineData(Mail, false, false), InlineData("mira@elsewhere.example", true, false)]
    public async Task Tells_the_store_only_what_the_rule_allows_of_a_new_person(string email, bool verified, bool isTold)
    {
        var store = new Recording();
        await using var ras = await StartAsync(new SubjectRules().ByVerifiedEmail("acme.example").JustInTime("email", "name", "groups", "absent"), store, trust: trust => trust.AudienceTenant = "ws_acme");
        var idJag = Mailed(email);
        (idJag.Claims["email_verified"], idJag.Claims["name"], idJag.Claims["groups"], idJag.Claims["phone_number"]) = (verified, "Mira Okoye", new JsonArray("eng"), "+1");

        await SubjectAsync(ras, idJag);

        var person = Assert.Single(store.People);
        Assert.Equal((new SubjectLink(Issuer, null, Sub), "ws_acme"), (person.Link, person.Tenant));
        Assert.Equal(isTold ? ["email", "groups", "name"] : ["groups", "name"], person.Claims.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((isTold ? email : null, "Mira Okoye", null), (person.Text("email"), person.Text("name"), person.Text("groups")));
    }

    [Fact, Trait("Spec", "RAS-30"), Trait("Spec", "RAS-27")]
    public async Task Makes_no_account_for_whom_the_store_or_the_issuer_says_no()
    {
        var full = new Recording { Full = true };
        await using var ras = await StartAsync(new SubjectRules().ByAccountId().JustInTime(), full);

        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(400, "access_denied");
        await RefusedAsync(ras, With("aud_sub", "trk_1"));                 // has an account, it says, and not a second one
        Assert.Single(full.People);
    }

    [Fact, Trait("Spec", "RAS-30")]
    public async Task Makes_no_account_for_an_id_jag_that_gives_nothing_here()
    {
        await using var ras = await StartAsync(new SubjectRules().JustInTime());

        (await ras.RedeemAsync(With("scope", "nothing:known"))).AssertRefused(400, "invalid_scope");
        (await ras.RedeemAsync(With("resource", "https://elsewhere.example/mcp"))).AssertRefused(400, "invalid_grant");
        Assert.Empty(_accounts.Accounts);
    }

    [Theory]
    [InlineData("{\"format\":\"email\"}"), InlineData("{\"format\":\"email\",\"email\":\"\"}"), InlineData("{\"format\":\"email\",\"email\":\"a@acme.example\",\"id\":\"trk_1\"}"), InlineData("{\"id\":\"trk_1\"}")]
    [InlineData("{\"format\":\"account\",\"uri\":\"mailto:mira@trackr.example\"}"), InlineData("{\"format\":\"account\",\"uri\":\"acct:@trackr.example\"}"), InlineData("{\"format\":\"opaque\",\"id\":1}")]
    [InlineData("{\"format\":\"iss_sub\",\"iss\":\"https://login.acme.example\"}"), InlineData("\"trk_1\""), InlineData("[{\"format\":\"opaque\",\"id\":\"trk_1\"}]"), InlineData("null")]
    public async Task Refuses_a_broken_sub_id_whoever_is_meant_by_the_rest(string subId)
    {
        Mira();
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        await using var ras = await StartAsync(AllRules());
        var idJag = broker.IdJag();
        idJag.Claims["sub_id"] = JsonNode.Parse(subId);

        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "a required claim is missing or malformed");
    }

    [Fact]
    public async Task Leaves_a_format_that_it_does_not_know_alone()
    {
        Mira();
        _accounts.Link(new SubjectLink(Issuer, null, Sub), "trk_1");
        await using var ras = await StartAsync(AllRules());
        var idJag = broker.IdJag();
        idJag.Claims["sub_id"] = new JsonObject { ["format"] = "phone_number", ["phone_number"] = "+12065550100" };

        Assert.Equal("trk_1", await SubjectAsync(ras, idJag));
    }

    [Theory, Trait("Spec", "RAS-11")]
    [InlineData("domain"), InlineData("no-domain"), InlineData("issuer"), InlineData("host"), InlineData("claim"), InlineData("e-mail of nowhere"), InlineData("accounts")]
    public async Task Does_not_start_with_rules_that_cannot_hold(string fault)
    {
        var rules = fault switch
        {
            "domain" => new SubjectRules().ByVerifiedEmail("@acme.example"),
            "no-domain" => new SubjectRules().ByVerifiedEmail(),
            "issuer" => new SubjectRules().BySubjectIdIssuer("login"),
            "host" => new SubjectRules().BySubjectIdAccount("https://trackr.example"),
            "claim" => new SubjectRules().JustInTime("name", "scope"),
            "e-mail of nowhere" => new SubjectRules().JustInTime("email"),
            _ => new SubjectRules(),
        };
        var setup = new RasSetup { Trust = trust => trust.Subjects = rules, Build = server => { if (fault is not "accounts") server.UseAccounts(_accounts); } };

        var stop = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => Ras.StartAsync(broker, setup));
        Assert.Contains(".Subjects", stop.Message, StringComparison.Ordinal);
    }

    private static SubjectRules AllRules() => new SubjectRules().ByAccountId().BySubjectIdOpaque().BySubjectIdAccount("Trackr.example")
        .BySubjectIdIssuer(Upstream).BySubjectIdEmail("acme.example");

    private void Mira()
    {
        _accounts.Add(new KnownAccount("trk_1"), Mail, "mira");
        _accounts.Link(new SubjectLink(Upstream, null, "u-77"), "trk_1");
        _accounts.Link(new SubjectLink(Upstream + "/", null, "u-77"), "trk_1");          // of an issuer that this one may not speak for
    }

    private Draft With(string name, string value)
    {
        var idJag = broker.IdJag();
        idJag.Claims[name] = value;
        return idJag;
    }

    private Draft Mailed(string email)
    {
        var idJag = With("email", email);
        idJag.Claims["email_verified"] = true;
        return idJag;
    }

    private Draft Named(string kind, string value)
    {
        if (kind is "aud_sub") return With("aud_sub", value);
        var idJag = broker.IdJag();
        idJag.Claims["sub_id"] = kind switch
        {
            "opaque" => new JsonObject { ["format"] = "opaque", ["id"] = value },
            "account" => new JsonObject { ["format"] = "account", ["uri"] = $"acct:{value}@trackr.example" },
            "account-encoded" => new JsonObject { ["format"] = "account", ["uri"] = $"acct:%{(int)value[0]:X2}{value[1..]}@trackr.example" },
            "account-elsewhere" => new JsonObject { ["format"] = "account", ["uri"] = $"acct:{value}@elsewhere.example" },
            "iss_sub" => new JsonObject { ["format"] = "iss_sub", ["iss"] = Upstream, ["sub"] = value },
            "iss_sub-of-another" => new JsonObject { ["format"] = "iss_sub", ["iss"] = Upstream + "/", ["sub"] = value },
            _ => new JsonObject { ["format"] = "email", ["email"] = value },
        };
        if (kind is "email") idJag.Claims["email_verified"] = true;
        return idJag;
    }

    private Task<Ras> StartAsync(SubjectRules? rules, IAccountStore? store = null, Action<TrustedIssuer>? trust = null, Action<IdJagAuthorizationServerOptions>? configure = null) => Ras.StartAsync(broker, new RasSetup
    {
        Build = server => server.UseAccounts(store ?? _accounts),
        Trust = issuer =>
        {
            issuer.Subjects = rules;
            trust?.Invoke(issuer);
        },
        Configure = configure ?? (_ => { }),
    });

    private static async Task<string> SubjectAsync(Ras ras, Draft idJag) => (string)Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken)["sub"]!;

    private static async Task RefusedAsync(Ras ras, Draft idJag) => (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", Unknown);

    /// <summary>A store that takes its time to find somebody, so that all who ask at once find nobody.</summary>
    private sealed class Slow(IAccountStore accounts) : IAccountStore
    {
        public async ValueTask<KnownAccount?> FindByLinkAsync(SubjectLink link, CancellationToken ct)
        {
            var found = await accounts.FindByLinkAsync(link, ct);
            await Task.Delay(1000, ct);
            return found;
        }

        public ValueTask<KnownAccount?> ProvisionAsync(NewPerson person, CancellationToken ct) => accounts.ProvisionAsync(person, ct);
    }

    /// <summary>A vendor's store that finds nobody, and remembers whom it was asked to make an account for.</summary>
    private sealed class Recording : IAccountStore
    {
        public List<NewPerson> People { get; } = [];
        public bool Full { get; init; }
        public ValueTask<KnownAccount?> FindByLinkAsync(SubjectLink link, CancellationToken ct) => ValueTask.FromResult<KnownAccount?>(null);
        public ValueTask<KnownAccount?> ProvisionAsync(NewPerson person, CancellationToken ct)
        {
            People.Add(person);
            return ValueTask.FromResult(Full ? null : new KnownAccount("trk_new"));
        }
    }
}

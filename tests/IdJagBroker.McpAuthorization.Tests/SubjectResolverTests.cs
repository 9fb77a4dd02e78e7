using IdJagBroker.McpAuthorization.Tests.Support;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>Whose account it is (RAS-26…32), and what of the person reaches the token (AT-05, AT-12).</summary>
public sealed class SubjectResolverTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    [Fact, Trait("Spec", "RAS-28"), Trait("Spec", "RAS-29"), Trait("Spec", "AT-05")]
    public async Task Keys_people_by_issuer_tenant_and_sub_and_by_nothing_else()
    {
        await using var second = new LoopbackBroker();
        await second.InitializeAsync();
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.TrustedIssuers.Add(new TrustedIssuer { Issuer = second.Issuer }) });
        async Task<string> SubjectOf(Draft idJag, params (string Name, string Value)[] claims)
        {
            foreach (var (name, value) in claims) idJag.Claims[name] = value;
            return (string)Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken)["sub"]!;
        }

        var mira = await SubjectOf(broker.IdJag());

        Assert.Equal(mira, await SubjectOf(broker.IdJag()));
        Assert.Equal(mira, await SubjectOf(broker.IdJag(), ("email", "ceo@trackr.example"), ("aud_sub", "trk_1")));
        Assert.NotEqual("7d0c1b52-88f4", mira);
        Assert.NotEqual(mira, await SubjectOf(second.IdJag()));
        Assert.NotEqual(mira, await SubjectOf(broker.IdJag(), ("tenant", "acme-eu")));
        Assert.NotEqual(await SubjectOf(broker.IdJag(), ("tenant", "acme-us")), await SubjectOf(broker.IdJag(), ("tenant", "acme-eu")));
        Assert.NotEqual(await SubjectOf(broker.IdJag(), ("tenant", "ab"), ("sub", "c")), await SubjectOf(broker.IdJag(), ("tenant", "a"), ("sub", "bc")));
        Assert.NotEqual(mira, await SubjectOf(broker.IdJag(), ("sub", "7D0C1B52-88F4")));
    }

    [Fact, Trait("Spec", "RAS-26"), Trait("Spec", "RAS-32"), Trait("Spec", "RAS-23")]
    public async Task Asks_the_vendors_own_accounts_on_every_redemption()
    {
        Accounts.Answers = new([SubjectResolution.Resolved("trk_4821"), SubjectResolution.NotEntitled, SubjectResolution.NotIdentifiable, SubjectResolution.Resolved("trk_4821")]);
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UseSubjectResolver<Accounts>() });
        var idJag = broker.IdJag();

        Assert.Equal("trk_4821", (string?)Draft.Payload((await ras.RedeemAsync(idJag)).AssertIssued().AccessToken)["sub"]);
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "access_denied");
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the subject cannot be identified");
        (await ras.RedeemAsync(idJag)).AssertIssued();
    }

    [Fact]
    public async Task Hides_that_a_person_is_known_if_told_to()
    {
        Accounts.Answers = new([SubjectResolution.NotEntitled, SubjectResolution.NotIdentifiable]);
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UseSubjectResolver<Accounts>(), Configure = options => options.HideAccessDenied = true });

        var known = await ras.RedeemAsync(broker.IdJag());
        var unknown = await ras.RedeemAsync(broker.IdJag());

        Assert.Equal((400, unknown.Body), (known.Status, known.Body));
    }

    [Fact, Trait("Spec", "AT-05")]
    public async Task Never_lets_an_account_be_called_like_its_client()
    {
        Accounts.Answers = new([SubjectResolution.Resolved(Ras.Client)]);
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Build = server => server.UseSubjectResolver<Accounts>() });

        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(400, "invalid_grant", "the subject cannot be identified");
    }

    [Theory, InlineData("acme-eu", true), InlineData("acme-us", false), InlineData("ACME-EU", false), InlineData(null, false)]
    public async Task Takes_only_trusted_tenants_of_an_issuer_with_several(string? tenant, bool accepted)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.Tenants = ["acme-eu"] });
        var idJag = broker.IdJag();
        if (tenant is not null) idJag.Claims["tenant"] = tenant;

        AssertTenant(await ras.RedeemAsync(idJag), accepted);
    }

    [Theory, InlineData("ws_acme", "ws_acme", true), InlineData("ws_acme", null, true), InlineData("ws_acme", "ws_other", false), InlineData(null, "ws_acme", false)]
    [Trait("Spec", "RAS-31")]
    public async Task Refuses_a_person_of_another_tenant_here(string? configured, string? claimed, bool accepted)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.AudienceTenant = configured });
        var idJag = broker.IdJag();
        if (claimed is not null) idJag.Claims["aud_tenant"] = claimed;

        AssertTenant(await ras.RedeemAsync(idJag), accepted);
    }

    [Theory, Trait("Spec", "JAG-30")]
    [InlineData("ws_acme", "ws_acme", true), InlineData("ws_acme", null, true), InlineData(null, null, true)]
    [InlineData("ws_other", "ws_acme", false), InlineData("ws_other", null, false), InlineData("WS_ACME", "ws_acme", false)]
    public async Task Takes_a_client_id_only_in_the_tenant_that_it_is_registered_in(string? registered, string? claimed, bool accepted)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Trust = trust => trust.AudienceTenant = "ws_acme",
            Configure = options => options.Clients[0].AudienceTenant = registered,
        });
        var idJag = broker.IdJag();
        if (claimed is not null) idJag.Claims["aud_tenant"] = claimed;

        AssertTenant(await ras.RedeemAsync(idJag), accepted);
    }

    [Fact, Trait("Spec", "JAG-30")]
    public async Task Takes_no_client_of_a_tenant_for_people_of_none()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Configure = options => options.Clients[0].AudienceTenant = "ws_acme" });

        AssertTenant(await ras.RedeemAsync(broker.IdJag()), accepted: false);
    }

    [Fact, Trait("Spec", "RAS-11")]
    public async Task Lets_an_issuer_speak_only_for_its_clients()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Trust = trust => trust.ClientIds = [Ras.OtherClient] });

        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(400, "invalid_grant", "the assertion is for another client");
    }

    private static void AssertTenant(Answer answer, bool accepted)
    {
        if (accepted) answer.AssertIssued();
        else answer.AssertRefused(400, "invalid_grant", "the assertion is for another tenant");
    }

    private sealed class Accounts : ISubjectResolver
    {
        public static Queue<SubjectResolution> Answers { get; set; } = [];
        public ValueTask<SubjectResolution> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct) => ValueTask.FromResult(Answers.Dequeue());
    }
}

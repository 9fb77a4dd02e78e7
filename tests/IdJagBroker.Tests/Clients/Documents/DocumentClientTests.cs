using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>Clients whose id is the address of their metadata document (requirements §10), over real HTTP on both sides.</summary>
public sealed class DocumentClientTests(DocumentsBroker broker) : IClassFixture<DocumentsBroker>
{
    private Task<TokenAnswer> ExchangeAsync(string clientId) => broker.ExchangeAsync(clientId);

    private Task RefusesAsync(string clientId, string detail) => broker.RefusesAsync(detail, broker.ExchangeAsync(clientId));

    [Fact, Trait("Spec", "CIMD-04"), Trait("Spec", "CIMD-09"), Trait("Spec", "CIMD-10"), Trait("Spec", "JAG-09")]
    public async Task Grants_to_a_client_by_the_key_in_its_document_and_names_it_by_its_address()
    {
        var address = broker.Publish();

        var granted = (await ExchangeAsync(address)).IsGranted();
        Assert.Equal(address, (string?)granted.IdJag["client_id"]);
        var recorded = Assert.Single(await broker.Broker.AuditAsync("outcome=ok&client=ide&jti=" + (string?)granted.IdJag["jti"]))!;
        Assert.Equal(address, (string?)recorded["data"]!["facts"]!["client_document"]);
        Assert.Equal(1, broker.FetchesOf(address));
        (await broker.ExchangeAsync(address, form: ("client_id", address))).IsGranted();
        Assert.Equal(1, broker.FetchesOf(address));
    }

    [Fact, Trait("Spec", "JAG-09")]
    public async Task Names_a_client_as_the_catalogue_maps_it()
    {
        var address = broker.Publish(at: broker.Host.Url + "/mapped.json");
        Assert.Equal("cl_mapped", (string?)(await ExchangeAsync(address)).IsGranted().IdJag["client_id"]);
        (await broker.ExchangeAsync(address, form: [("audience", TestPolicies.WikiIssuer), ("resource", null), ("scope", null)])).IsRefused("invalid_target");
    }

    [Theory, Trait("Spec", "CIMD-01")]
    [InlineData("{0}/a.json?x=1")]
    [InlineData("{0}/a.json?")]
    [InlineData("{0}/a.json#x")]
    [InlineData("{0}/a.json#")]
    [InlineData("{0}/./a.json")]
    [InlineData("{0}/x/../a.json")]
    [InlineData("{0}/%2e%2e/a.json")]
    [InlineData("{0}/x/%2E%2E/a.json")]
    [InlineData("{0}/..")]
    [InlineData("{0}/")]
    [InlineData("{0}")]
    [InlineData("http://user@{1}/a.json")]
    [InlineData("http://user:pw@{1}/a.json")]
    [InlineData("http://@{1}/a.json")]
    [InlineData("HTTP://{1}/a.json")]
    [InlineData("http://{1}\\a.json")]
    [InlineData("http:/{1}/a.json")]
    [InlineData("ftp://{1}/a.json")]
    [InlineData("http://2130706433:{2}/a.json")]
    [InlineData("http://127.1:{2}/a.json")]
    [InlineData("{0}/a b.json")]
    [InlineData("{0}/ä.json")]
    [InlineData("{0}/{3}.json")]
    public async Task Takes_no_other_form_of_address_and_fetches_nothing(string form)
    {
        var host = new Uri(broker.Tools.Url);
        var id = string.Format(null, form, broker.Tools.Url, host.Authority, host.Port, new string('a', 500));
        broker.Serve(broker.Tools.Url + "/a.json", broker.Document(id));
        broker.Clock.Advance(TimeSpan.FromMinutes(1));
        var asked = broker.Tools.Asked.Count;

        (await ExchangeAsync(id)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(asked, broker.Tools.Asked.Count);
    }

    [Theory, Trait("Spec", "CIMD-02"), Trait("Spec", "CIMD-08")]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(201)]
    [InlineData(203)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Takes_a_document_from_a_200_only(int status)
    {
        var (address, other) = (broker.NewAddress(), broker.Publish());
        broker.Host.On(new Uri(address).AbsolutePath, broker.Document(address).ToJsonString(), status, response => response.Headers.Location = other);

        await RefusesAsync(address, $"HTTP {status}");
        Assert.Equal(0, broker.FetchesOf(other));
        broker.Publish(at: address);
        broker.Clock.Advance(TimeSpan.FromSeconds(1));
        (await ExchangeAsync(address)).IsGranted();     // and the failure was not kept
    }

    [Theory, Trait("Spec", "CIMD-02")]
    [InlineData("{0}x")]
    [InlineData("{0}/")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("HTTP{0}")]
    public async Task Takes_a_document_that_names_itself_only(string? claimed)
    {
        var address = broker.NewAddress();
        broker.Serve(address, broker.Document(address, document => document["client_id"] = claimed is null ? null : string.Format(null, claimed, address)));
        await RefusesAsync(address, "the document's client_id is not its address");
    }

    [Fact, Trait("Spec", "CIMD-02"), Trait("Spec", "CIMD-04")]
    public async Task Takes_no_document_without_a_client_id()
    {
        var address = broker.Publish(document => document.Remove("client_id"));
        await RefusesAsync(address, "the document's client_id is not its address");
    }

    [Theory, Trait("Spec", "CIMD-02"), Trait("Spec", "SEC-08")]
    [InlineData("[{0}]")]
    [InlineData("\"{0}\"")]
    [InlineData("{0} {0}")]
    [InlineData("{0}//x")]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("twice")]
    [InlineData("deep")]
    [InlineData("surrogate")]
    public async Task Reads_one_strict_json_object(string form)
    {
        var address = broker.NewAddress();
        var good = broker.Document(address).ToJsonString();
        broker.Serve(address, form switch
        {
            "twice" => good[..^1] + $",\"client_id\":\"{address}\"}}",
            "deep" => good[..^1] + ",\"x\":" + new string('[', 16) + new string(']', 16) + "}",
            "surrogate" => good[..^1] + ",\"\\ud800\":1}",
            _ => form.Replace("{0}", good, StringComparison.Ordinal),
        });
        await RefusesAsync(address, "the document is not one JSON object");
    }

    [Fact, Trait("Spec", "SEC-08")]
    public async Task Reads_valid_utf8_only()
    {
        var address = broker.NewAddress();
        var good = broker.Document(address).ToJsonString();
        broker.Host.On(new Uri(address).AbsolutePath, http => http.Response.Body.WriteAsync((byte[])[.. System.Text.Encoding.UTF8.GetBytes(good[..^1] + ",\"x\":\""), 0xff, .. "\"}"u8]).AsTask());
        await RefusesAsync(address, "the document is not one JSON object");
    }

    [Theory, Trait("Spec", "CIMD-03")]
    [InlineData("client_secret", "the document holds a client secret")]
    [InlineData("client_secret_expires_at", "the document holds a client secret")]
    [InlineData("client_secrets", "the document holds a client secret")]
    public async Task Takes_no_document_with_a_secret(string member, string detail)
    {
        var address = broker.Publish(document => document[member] = 0);
        await RefusesAsync(address, detail);
    }

    [Theory, Trait("Spec", "CIMD-03"), Trait("Spec", "CIMD-05")]
    [InlineData("client_secret_basic")]
    [InlineData("client_secret_post")]
    [InlineData("client_secret_jwt")]
    [InlineData("none")]
    [InlineData("tls_client_auth")]
    [InlineData("Private_key_jwt")]
    [InlineData("absent")]
    public async Task Takes_no_document_with_another_method_than_a_key(string method)
    {
        var address = broker.Publish(document => { if (method is "absent") document.Remove("token_endpoint_auth_method"); else document["token_endpoint_auth_method"] = method; });
        await RefusesAsync(address, "the document's token_endpoint_auth_method is not private_key_jwt");
        await broker.RefusesAsync("no credentials", broker.Broker.Token.ExchangeAsync(("client_id", address), ("client_secret", null)));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("[\"private_key_jwt\"]")]
    public async Task Takes_no_document_whose_method_is_malformed(string method)
    {
        var address = broker.Publish(document => document["token_endpoint_auth_method"] = JsonNode.Parse(method));
        await RefusesAsync(address, "the document's token_endpoint_auth_method is malformed");
    }

    [Fact, Trait("Spec", "CIMD-05")]
    public async Task Lets_nobody_in_without_an_assertion_under_the_published_key()
    {
        var address = broker.Publish();
        (await ExchangeAsync(address)).IsGranted();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await broker.RefusesAsync("SignatureInvalid", broker.ExchangeAsync(address, other));
        await broker.RefusesAsync("no credentials", broker.Broker.Token.ExchangeAsync(("client_id", address), ("client_secret", null)));
        await broker.RefusesAsync("wrong secret", broker.Broker.Token.ExchangeAsync(("client_id", address)));
        await broker.RefusesAsync("aud is not this issuer alone", broker.ExchangeAsync(address, change: (_, claims) => claims["aud"] = broker.Broker.Issuer + "/oauth2/token"));
        await broker.RefusesAsync("iss is not the client", broker.ExchangeAsync(address, change: (_, claims) => claims["iss"] = "ide"));
        var second = broker.Publish();
        await broker.RefusesAsync("iss is not the client", broker.ExchangeAsync(address, form: ("client_id", second)));
        var assertion = broker.Assertion(address);
        (await broker.ExchangeAsync(address, form: ("client_assertion", assertion))).IsGranted();
        await broker.RefusesAsync("the client assertion was used before", broker.ExchangeAsync(address, form: ("client_assertion", assertion)));
    }

    [Theory, Trait("Spec", "CIMD-05")]
    [InlineData("no keys", "the document must have one of jwks and jwks_uri")]
    [InlineData("both", "the document must have one of jwks and jwks_uri")]
    [InlineData("empty", "no published key is usable")]
    [InlineData("no set", "no published key is usable")]
    [InlineData("symmetric", "a published key has private members")]
    [InlineData("private", "a published key has private members")]
    [InlineData("encryption", "no published key is usable")]
    [InlineData("http", "the document's jwks_uri is not an https URL")]
    [InlineData("fragment", "the document's jwks_uri is not an https URL")]
    [InlineData("userinfo", "the document's jwks_uri is not an https URL")]
    [InlineData("file", "the document's jwks_uri is not an https URL")]
    [InlineData("relative", "the document's jwks_uri is not an https URL")]
    [InlineData("number", "the document's jwks_uri is not an https URL")]
    public async Task Takes_no_document_without_usable_keys(string form, string detail)
    {
        var address = broker.Publish(document =>
        {
            var key = document["jwks"]!["keys"]![0]!.AsObject();
            if (form is "no keys") document.Remove("jwks");
            else if (form is "both") document["jwks_uri"] = broker.Host.Url + "/both";
            else if (form is "empty") document["jwks"]!["keys"] = new JsonArray();
            else if (form is "no set") document["jwks"] = new JsonArray(key.DeepClone());
            else if (form is "symmetric") document["jwks"]!["keys"]!.AsArray().Add(new JsonObject { ["kty"] = "oct", ["k"] = "c2VjcmV0" });
            else if (form is "private") key["d"] = "c2VjcmV0";
            else if (form is "encryption") key["use"] = "enc";
            else
            {
                document.Remove("jwks");
                document["jwks_uri"] = form switch
                {
                    "http" => "http://10.0.0.1/jwks", "fragment" => broker.Host.Url + "/jwks#x", "userinfo" => "https://u:p@keys.example/jwks",
                    "file" => "file:///etc/passwd", "relative" => "/jwks", _ => 7,
                };
            }
        });
        await RefusesAsync(address, detail);
    }

    [Theory, Trait("Spec", "META-19")]
    [InlineData("[\"urn:ietf:params:oauth:grant-type:token-exchange\"]", false)]
    [InlineData("[\"urn:ietf:params:oauth:grant-type:jwt-bearer\"]", false)]
    [InlineData("[]", false)]
    [InlineData(null, false)]
    [InlineData("[\"urn:ietf:params:oauth:grant-type:jwt-bearer\",\"urn:ietf:params:oauth:grant-type:token-exchange\",\"authorization_code\"]", true)]
    public async Task Holds_a_document_that_names_the_id_jag_profile_to_both_of_its_grants(string? grants, bool taken)
    {
        var address = broker.Publish(document =>
        {
            document["authorization_grant_profiles_supported"] = new JsonArray(GrantType.IdJagProfile);
            if (grants is not null) document["grant_types"] = JsonNode.Parse(grants);
        });
        if (taken) (await ExchangeAsync(address)).IsGranted();
        else await RefusesAsync(address, "the document names the ID-JAG profile and not both of its grants");
    }

    [Theory, Trait("Spec", "META-19")]
    [InlineData("authorization_grant_profiles_supported", "{}")]
    [InlineData("authorization_grant_profiles_supported", "[7]")]
    [InlineData("grant_types", "[null]")]
    public async Task Takes_no_document_whose_grants_are_malformed(string member, string value)
    {
        var address = broker.Publish(document => document[member] = JsonNode.Parse(value));
        await RefusesAsync(address, "the document's grants are malformed");
    }

    [Fact, Trait("Spec", "CIMD-07")]
    public async Task Reads_no_more_than_5_kilobytes_whatever_length_is_said()
    {
        var largest = broker.NewAddress();
        var good = broker.Document(largest).ToJsonString();
        broker.Serve(largest, good + new string(' ', (5 * 1024) - good.Length));
        (await ExchangeAsync(largest)).IsGranted();

        var said = broker.NewAddress();
        good = broker.Document(said).ToJsonString();
        var tooLarge = good + new string(' ', (5 * 1024) + 1 - good.Length);
        broker.Host.On(new Uri(said).AbsolutePath, http => { http.Response.ContentLength = tooLarge.Length; return http.Response.WriteAsync(tooLarge); });
        await RefusesAsync(said, "The document is too large.");

        var unsaid = broker.NewAddress();
        broker.Host.On(new Uri(unsaid).AbsolutePath, async http =>
        {
            for (var i = 0; i < 100_000 && !http.RequestAborted.IsCancellationRequested; i++) await http.Response.WriteAsync(new string(' ', 1000));
        });
        await RefusesAsync(unsaid, "The document is too large.");
    }

    [Fact, Trait("Spec", "CIMD-07")]
    public async Task Unpacks_nothing()
    {
        var address = broker.NewAddress();
        broker.Host.On(new Uri(address).AbsolutePath, async http =>
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new System.IO.Compression.GZipStream(http.Response.Body, System.IO.Compression.CompressionLevel.Optimal);
            await gzip.WriteAsync(System.Text.Encoding.UTF8.GetBytes(broker.Document(address).ToJsonString()));
        });
        await RefusesAsync(address, "the document is not one JSON object");
    }

    [Fact, Trait("Spec", "CIMD-07")]
    public async Task Waits_no_longer_than_5_seconds()
    {
        var address = broker.NewAddress();
        broker.Host.On(new Uri(address).AbsolutePath, http => Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        await RefusesAsync(address, "It took too long.");
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 4, 8);
    }

    [Fact, Trait("Spec", "CIMD-09")]
    public async Task Fetches_nothing_for_an_address_that_the_catalogue_does_not_admit()
    {
        foreach (var unknown in new[] { broker.Host.Url + "/unknown.json", broker.Host.Url + "/ide/1.jso", broker.Host.Url + "/IDE/1.json", "https://ide.example/client.json" })
        {
            if (unknown.StartsWith(broker.Host.Url, StringComparison.Ordinal)) broker.Publish(at: unknown);
            var (answer, nobody) = (await ExchangeAsync(unknown), await broker.ExchangeAsync("nobody"));
            answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
            Assert.Equal(nobody.Text, answer.Text);
        }
        Assert.Equal(0, broker.FetchesOf(broker.Host.Url + "/unknown.json") + broker.FetchesOf(broker.Host.Url + "/IDE/1.json"));
    }

    [Fact, Trait("Spec", "IDP-25"), Trait("Spec", "CIMD-09")]
    public async Task Fetches_nothing_for_a_client_that_is_disabled_or_an_assertion_that_is_none()
    {
        var off = broker.Publish(at: broker.Host.Url + "/off.json");
        await RefusesAsync(off, "the client is disabled");
        Assert.Equal(0, broker.FetchesOf(off));

        var address = broker.Publish();
        await broker.RefusesAsync("NotBase64Url", broker.ExchangeAsync(address, form: [("client_assertion", "x.y.z"), ("client_id", address)]));
        Assert.Equal(0, broker.FetchesOf(address));
    }

    [Fact, Trait("Spec", "CIMD-09")]
    public async Task Admits_every_document_of_a_host_that_is_a_clients_but_for_an_address_that_is_anothers()
    {
        var address = broker.Publish(at: broker.Tools.Url + "/some/tool.json");
        Assert.Equal(address, (string?)(await ExchangeAsync(address)).IsGranted().IdJag["client_id"]);
        Assert.Single(await broker.Broker.AuditAsync("client=tools&outcome=ok"));

        var mapped = broker.Publish(at: broker.Tools.Url + "/mapped.json");
        Assert.Equal("cl_mapped", (string?)(await ExchangeAsync(mapped)).IsGranted().IdJag["client_id"]);
    }

    [Theory, Trait("Spec", "SEC-06"), Trait("Spec", "CIMD-06")]
    [InlineData("jku")]
    [InlineData("x5u")]
    [InlineData("jwk")]
    [InlineData("x5c")]
    public async Task Takes_no_key_and_no_place_from_an_assertion_and_fetches_no_picture(string member)
    {
        var canary = broker.Host.Url + "/canary-" + member;
        var address = broker.Publish(document => (document["logo_uri"], document["client_uri"], document["policy_uri"]) = (canary, canary, canary));
        (await ExchangeAsync(address)).IsGranted();

        var answer = await broker.ExchangeAsync(address, change: (header, _) => header[member] = member is "jwk" ? TestIdp.Jwk(broker.Key, "k1") : canary);
        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(0, broker.FetchesOf(canary));
    }

    [Fact, Trait("Spec", "CIMD-12")]
    public async Task Refuses_a_client_whose_document_gives_up_its_keys_and_says_so_once_in_the_log()
    {
        var address = broker.Publish();
        (await ExchangeAsync(address)).IsGranted();
        broker.Publish(document => document["token_endpoint_auth_method"] = "none", address);
        broker.Clock.Advance(TimeSpan.FromMinutes(11));

        for (var i = 0; i < 3; i++)
        {
            await RefusesAsync(address, "the document's token_endpoint_auth_method is not private_key_jwt");
            broker.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        var events = (await broker.Broker.AuditAsync("client=ide&limit=1000")).Where(e => (string?)e!["actor"]?["key"] == address).ToList();
        var held = Assert.Single(events)!;
        Assert.Equal(("client.document_held", "denied"), ((string?)held["type"], (string?)held["outcome"]));
        Assert.Equal("none", (string?)held["data"]!["after"]!["token_endpoint_auth_method"]);
    }

    [Fact, Trait("Spec", "CIMD-12"), Trait("Spec", "CIMD-08")]
    public async Task Takes_a_new_key_when_the_document_is_fetched_anew_and_says_so_in_the_log()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var address = broker.Publish();
        (await ExchangeAsync(address)).IsGranted();
        broker.Publish(key: next, at: address);
        (await ExchangeAsync(address)).IsGranted();
        broker.Clock.Advance(TimeSpan.FromMinutes(10));

        await broker.RefusesAsync("SignatureInvalid", broker.ExchangeAsync(address));
        (await broker.ExchangeAsync(address, next)).IsGranted();
        var changed = Assert.Single(await broker.Broker.AuditAsync("client=ide&limit=1000"), e => (string?)e!["actor"]?["key"] == address)!;
        Assert.Equal("client.document_changed", (string?)changed["type"]);
        Assert.NotEqual((string?)changed["data"]!["before"]!["keys"]![0]!["thumbprint"], (string?)changed["data"]!["after"]!["keys"]![0]!["thumbprint"]);
    }

    [Fact, Trait("Spec", "CIMD-14"), Trait("Spec", "SEC-14")]
    public async Task Fetches_the_keys_of_an_ordinary_client_once_for_a_hundred_unknown_names()
    {
        const string path = "/keyed/jwks";
        broker.Host.On(path, "", 500);
        await broker.RefusesAsync("HTTP 500", broker.ExchangeAsync("keyed"));
        broker.Host.On(path, new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(broker.Key, "k1")) }.ToJsonString());
        broker.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("cl_keyed", (string?)(await ExchangeAsync("keyed")).IsGranted().IdJag["client_id"]);
        var fetches = broker.Host.CountOf(path);

        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 100).Select(i => broker.ExchangeAsync("keyed", keyId: $"random-{i}"))))
            answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.InRange(broker.Host.CountOf(path), fetches, fetches + 1);     // one more where this machine takes longer than the cool-down
        (await ExchangeAsync("keyed")).IsGranted();
        fetches = broker.Host.CountOf(path);

        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        broker.Host.On(path, new JsonObject { ["keys"] = new JsonArray(TestIdp.Jwk(next, "k2")) }.ToJsonString());
        broker.Clock.Advance(TimeSpan.FromSeconds(60));
        (await broker.ExchangeAsync("keyed", next, "k2")).IsGranted();
        await broker.RefusesAsync("KeyNotFound", broker.ExchangeAsync("keyed"));
        Assert.Equal(fetches + 1, broker.Host.CountOf(path));
    }

    [Fact, Trait("Spec", "META-13")]
    public async Task Announces_metadata_documents_where_a_client_has_one()
    {
        var document = JsonNode.Parse(await broker.Broker.Http.GetStringAsync(broker.Broker.Issuer + "/.well-known/oauth-authorization-server"))!;
        Assert.True((bool)document["client_id_metadata_document_supported"]!);
        Assert.DoesNotContain(new Uri(broker.Tools.Url).Authority, document.ToJsonString(), StringComparison.Ordinal);
    }
}

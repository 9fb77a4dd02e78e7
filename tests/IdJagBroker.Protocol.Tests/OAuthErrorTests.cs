using System.Text.Json;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class OAuthErrorTests
{
    public static TheoryData<string, int, OAuthError> All => new()
    {
        { "invalid_request", 400, OAuthError.InvalidRequest("d") },
        { "invalid_request", 413, OAuthError.RequestTooLarge("d") },
        { "invalid_client", 401, OAuthError.InvalidClient("d") },
        { "unauthorized_client", 400, OAuthError.UnauthorizedClient("d") },
        { "unsupported_grant_type", 400, OAuthError.UnsupportedGrantType("d") },
        { "invalid_grant", 400, OAuthError.InvalidGrant("d") },
        { "invalid_target", 400, OAuthError.InvalidTarget("d") },
        { "invalid_scope", 400, OAuthError.InvalidScope("d") },
        { "invalid_authorization_details", 400, OAuthError.InvalidAuthorizationDetails("d") },
        { "access_denied", 400, OAuthError.AccessDenied("d") },
        { "invalid_dpop_proof", 400, OAuthError.InvalidDpopProof("d") },
        { "use_dpop_nonce", 400, OAuthError.UseDpopNonce("d") },
        { "insufficient_user_authentication", 400, OAuthError.InsufficientUserAuthentication("d") },
        { "temporarily_unavailable", 503, OAuthError.TemporarilyUnavailable("d", TimeSpan.FromSeconds(2)) },
        { "temporarily_unavailable", 429, OAuthError.TooManyRequests(TimeSpan.FromSeconds(2)) },
        { "server_error", 500, OAuthError.ServerError() },
    };

    [Theory, MemberData(nameof(All)), Trait("Spec", "IDP-61")]
    public void A_refusal_has_its_code_its_status_and_no_member_without_a_value(string code, int status, OAuthError error)
    {
        var json = Expect.Json(error.Because("REASON", "rule-7").WriteTo);

        Assert.Equal((code, status), (error.Code, error.Status));
        Assert.Equal(code, json.GetProperty("error").GetString());
        Assert.Equal(["error", "error_description"], json.EnumerateObject().Select(member => member.Name));
        Assert.All(json.EnumerateObject(), member => Assert.Equal(JsonValueKind.String, member.Value.ValueKind));
    }

    [Fact, Trait("Spec", "IDP-61")]
    public void The_description_is_printable_ASCII_without_quote_and_backslash() =>
        Assert.Equal("a?b?c?d?e?f?? ~!", OAuthError.InvalidGrant("a\"b\\c\nd\u00e4e\0f\ud83d\ude00 ~!").Description);

    [Fact, Trait("Spec", "IDP-45"), Trait("Spec", "SEC-27")]
    public void Reason_and_detail_stay_with_the_operator()
    {
        var error = OAuthError.AccessDenied("not permitted").Because("POLICY_DENY", "rule no-contractors");

        Assert.Equal(("POLICY_DENY", "rule no-contractors"), (error.Reason, error.Detail));
        Assert.DoesNotContain("no-contractors", Expect.Json(error.WriteTo).GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("POLICY_DENY", Expect.Json(error.WriteTo).GetRawText(), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "IDP-51")]
    public void A_step_up_says_which_sign_in_would_do()
    {
        var error = OAuthError.InsufficientUserAuthentication("stronger", "urn:a urn:b", TimeSpan.FromSeconds(300.9)).WithDecision("d-1");
        var json = Expect.Json(error.WriteTo);

        Assert.Equal("urn:a urn:b", json.GetProperty("acr_values").GetString());
        Assert.Equal(300, json.GetProperty("max_age").GetInt32());
        Assert.Equal("d-1", json.GetProperty("decision_id").GetString());
    }

    [Fact]
    public void A_result_that_decides_nothing_is_a_fault_not_a_grant() =>
        Assert.Throws<InvalidOperationException>(() => default(OAuthResult<string>).IsRefused(out _, out _));
}

using IdJagBroker.Egress;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>What an administrator sets of an endpoint: <c>{url, private_network?, enabled?, types?, outcomes?, clients?}</c>.</summary>
internal sealed record WebhookBody(string Url, bool PrivateNetwork, bool Enabled, WebhookFilter Filter, long? FromSeq)
{
    private const int MaxUrlChars = 2048;

    /// <param name="http">The request.</param>
    /// <param name="egress">Knows which URLs may be called at all.</param>
    /// <param name="isNew">Whether <c>from_seq</c> may be there.</param>
    public static async Task<Outcome<WebhookBody>> ReadAsync(HttpContext http, EgressClient egress, bool isNew)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        body.Required("url");
        var url = body.Text("url");
        var privateNetwork = body.Optional("private_network") is not null && body.Flag("private_network");
        var enabled = body.Optional("enabled") is null || body.Flag("enabled");
        var filter = new WebhookFilter(body.Texts("types") ?? [], body.Texts("outcomes") ?? [], body.Texts("clients") ?? []);
        var from = isNew ? body.Optional("from_seq") : null;
        if (body.End() is { } fault) return fault;
        if (filter.Fault() is { } wrong) return Problem.Invalid(FaultOf(wrong), "/" + wrong);
        long fromSeq = 0;
        if (from is { } number && (number.ValueKind is not System.Text.Json.JsonValueKind.Number || !number.TryGetInt64(out fromSeq) || fromSeq < 0))
            return Problem.Invalid("'from_seq' must be the number of an event.", "/from_seq");
        return url!.Length <= MaxUrlChars && url.All(c => c is > ' ' and <= '~') && !url.Contains('#') && Uri.TryCreate(url, UriKind.Absolute, out var address) && egress.IsPermitted(address)
            ? new WebhookBody(url, privateNetwork, enabled, filter, from is null ? null : fromSeq)
            : Problem.Invalid($"'url' must be an https URL without user information and fragment, of at most {MaxUrlChars} characters.", "/url");
    }

    private static string FaultOf(string member) => member switch
    {
        "types" => $"'types' are at most {WebhookFilter.MaxItems} types of events, such as idjag.denied or policy.*.",
        "outcomes" => "'outcomes' are some of ok, denied, error.",
        _ => $"'clients' are at most {WebhookFilter.MaxItems} aliases.",
    };
}

using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.Receipts;

/// <summary>What became of an ID-JAG, as its authorization server says. Well-formed is not yet believed.</summary>
internal sealed record Receipt
{
    /// <summary>The most characters of a <c>jti</c>.</summary>
    public const int MaxJtiChars = 255;

    /// <summary>The most characters of a client id or a resource.</summary>
    public const int MaxNameChars = 2048;

    /// <summary>The most characters of an error code or a reason.</summary>
    public const int MaxWordChars = 64;

    /// <summary>The longest life of an access token that is believed.</summary>
    public static readonly TimeSpan MaxExpiresIn = TimeSpan.FromDays(366);

    /// <summary>The receipt's own id: the same receipt sent again has the same.</summary>
    public required Guid Id { get; init; }

    /// <summary>Of the ID-JAG.</summary>
    public required string Jti { get; init; }

    /// <summary>When it was redeemed or refused, by that server's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The client that presented it, by its id there.</summary>
    public string? ClientId { get; init; }

    /// <summary>What was granted there.</summary>
    public ScopeSet? Scope { get; init; }

    /// <summary>The MCP server that the access token is for.</summary>
    public string? Resource { get; init; }

    /// <summary>How long the access token lives.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>The OAuth code that it was refused with; null: it was redeemed.</summary>
    public string? Error { get; init; }

    /// <summary>That server's own word for why.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether no access token was issued.</summary>
    public bool IsRefusal => Error is not null;

    /// <summary>Reads one. Members that it does not know are passed over: a later version may send more.</summary>
    /// <param name="item">One of <c>receipts</c>.</param>
    /// <param name="fault">The member that is missing, malformed, or has no place with that <c>outcome</c>; empty if it is no object.</param>
    public static Receipt? TryParse(JsonElement item, out string fault)
    {
        fault = "";
        if (item.ValueKind is not JsonValueKind.Object) return null;
        var members = new ReceiptMembers(item);
        var id = members.Id("id");
        var jti = members.Name("jti", MaxJtiChars);
        var outcome = members.Word("outcome", "redeemed", "refused");
        var at = members.Seconds("at", 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds());
        members.Need(("id", id is not null), ("jti", jti is not null), ("outcome", outcome is not null), ("at", at is not null));
        var isRefusal = outcome is "refused";
        var error = members.Error("error");
        var receipt = new Receipt
        {
            Id = id.GetValueOrDefault(),
            Jti = jti ?? "",
            At = DateTimeOffset.FromUnixTimeSeconds(at.GetValueOrDefault()),
            ClientId = members.Text("client_id", MaxNameChars),
            Scope = members.Scope("scope"),
            Resource = members.Name("resource", MaxNameChars),
            ExpiresIn = members.Seconds("expires_in", 0, (long)MaxExpiresIn.TotalSeconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Error = error,
            Reason = members.Reason("reason"),
        };
        if (isRefusal) members.Need(("error", error is not null));
        members.RefuseIf(isRefusal, "scope", "expires_in");
        members.RefuseIf(!isRefusal, "error", "reason");
        return (fault = members.Fault ?? "").Length is 0 ? receipt : null;
    }
}

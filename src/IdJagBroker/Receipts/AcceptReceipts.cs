using System.Text.Json;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.Receipts;

/// <summary>A batch of receipts of an authorization server that has proved who it is.</summary>
/// <param name="Server">Whose.</param>
/// <param name="Items">The members of <c>receipts</c>, not looked at yet.</param>
internal sealed record AcceptReceipts(CatalogAuthorizationServer Server, IReadOnlyList<JsonElement> Items) : IRequest<OAuthResult<ReceiptsAnswer>>
{
    /// <summary>The W3C trace, or null.</summary>
    public string? TraceId { get; init; }

    /// <summary>The caller's network.</summary>
    public string? Network { get; init; }

    /// <summary>The caller's user agent.</summary>
    public string? UserAgent { get; init; }
}

/// <summary>What was done with a batch.</summary>
/// <param name="Accepted">How many are in the log now, those among them that were there before.</param>
/// <param name="Rejected">The others, in the order of the batch. Sending them again changes nothing.</param>
internal sealed record ReceiptsAnswer(int Accepted, IReadOnlyList<RejectedReceipt> Rejected)
{
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("accepted", Accepted);
        json.WriteStartArray("rejected");
        foreach (var rejected in Rejected)
        {
            json.WriteStartObject();
            json.WriteNumber("index", rejected.Index);
            json.WriteString("error", rejected.Error);
            if (rejected.Member is { Length: > 0 } member) json.WriteString("member", member);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>A receipt that is not recorded.</summary>
/// <param name="Index">Its place in the batch.</param>
/// <param name="Error">One of the words of <see cref="ReceiptError"/>.</param>
/// <param name="Member">Of a malformed one: which member.</param>
internal sealed record RejectedReceipt(int Index, string Error, string? Member = null);

/// <summary>Why a receipt is not recorded.</summary>
internal static class ReceiptError
{
    /// <summary>A member is missing, or not of its kind.</summary>
    public const string Malformed = "malformed";

    /// <summary>This broker issued no such ID-JAG for that server, or too long ago. Which of these is not said: a server learns nothing of others' ID-JAGs.</summary>
    public const string UnknownJti = "unknown_jti";

    /// <summary>It tells of a time before the ID-JAG was issued, or of one to come.</summary>
    public const string ImpossibleTime = "impossible_time";

    /// <summary>There are as many receipts for that ID-JAG as are taken.</summary>
    public const string TooMany = "too_many";
}

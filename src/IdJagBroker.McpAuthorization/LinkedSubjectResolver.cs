using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// The account of a person is the link itself: (<c>iss</c>, <c>tenant</c>, <c>sub</c>), as a hash. Stable, needs no store, and no two
/// issuers can name the same account (RAS-28). <c>email</c> and <c>aud_sub</c> are not looked at: they need an account store.
/// </summary>
internal sealed class LinkedSubjectResolver : ISubjectResolver
{
    /// <inheritdoc/>
    public ValueTask<SubjectResolution> ResolveAsync(ValidatedIdJag idJag, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, idJag.Claims.Issuer);
        Append(hash, idJag.Claims.Tenant);
        Append(hash, idJag.Claims.Subject);
        return ValueTask.FromResult(SubjectResolution.Resolved("sub_" + Base64Url.EncodeToString(hash.GetHashAndReset())));
    }

    // With its length before it, so that no two triples run together into the same bytes; an absent tenant is not an empty one.
    private static void Append(IncrementalHash hash, string? part)
    {
        var utf8 = part is null ? [] : Encoding.UTF8.GetBytes(part);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : utf8.Length);
        hash.AppendData(length);
        hash.AppendData(utf8);
    }
}

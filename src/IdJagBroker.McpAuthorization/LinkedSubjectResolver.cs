using System.Buffers;
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
        var hashed = new ArrayBufferWriter<byte>(256);
        Append(hashed, idJag.Claims.Issuer);
        Append(hashed, idJag.Claims.Tenant);
        Append(hashed, idJag.Claims.Subject);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(hashed.WrittenSpan, hash);
        return ValueTask.FromResult(SubjectResolution.Resolved("sub_" + Base64Url.EncodeToString(hash)));
    }

    // With its length before it, so that no two triples run together into the same bytes; an absent tenant is not an empty one.
    private static void Append(ArrayBufferWriter<byte> hashed, string? part)
    {
        var length = part is null ? 0 : Encoding.UTF8.GetByteCount(part);
        var to = hashed.GetSpan(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(to, part is null ? -1 : length);
        Encoding.UTF8.GetBytes(part, to[4..]);
        hashed.Advance(4 + length);
    }
}

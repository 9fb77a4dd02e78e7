using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>
/// A subject identifier (RFC 9493 §3), as <c>sub_id</c> has it (ID-JAG §3.1). Of the formats below every member is read; of any other only its name,
/// so that nobody takes part of an identifier for the whole.
/// </summary>
public sealed record SubjectIdentifier
{
    /// <summary>An account at a service (RFC 9493 §3.2.1).</summary>
    public const string AccountFormat = "account";

    /// <summary>A mailbox (RFC 9493 §3.2.2).</summary>
    public const string EmailFormat = "email";

    /// <summary>A person of an issuer (RFC 9493 §3.2.3).</summary>
    public const string IssuerSubjectFormat = "iss_sub";

    /// <summary>An agreed string that says nothing (RFC 9493 §3.2.4).</summary>
    public const string OpaqueFormat = "opaque";

    private const string AcctScheme = "acct:";

    private SubjectIdentifier(string format) => Format = format;

    /// <summary>The name of its format.</summary>
    public string Format { get; }

    /// <summary><c>account</c>: the name and host of its <c>acct</c> URI (RFC 7565), without the scheme.</summary>
    public string? Account { get; private init; }

    /// <summary><c>email</c>: the address.</summary>
    public string? Email { get; private init; }

    /// <summary><c>iss_sub</c>: whose subject it is.</summary>
    public string? Issuer { get; private init; }

    /// <summary><c>iss_sub</c>: the subject there.</summary>
    public string? Subject { get; private init; }

    /// <summary><c>opaque</c>: the string.</summary>
    public string? Id { get; private init; }

    /// <summary>Reads one; false unless it has exactly the members of its format, each a string.</summary>
    public static bool TryRead(JwtClaims members, [NotNullWhen(true)] out SubjectIdentifier? identifier)
    {
        identifier = null;
        if (members.GetString("format"u8, 64, out var format) is not ClaimState.Present) return false;
        identifier = format switch
        {
            AccountFormat when members.Count is 2 && Text(members, "uri"u8) is { } uri && uri.StartsWith(AcctScheme, StringComparison.OrdinalIgnoreCase)
                && uri.IndexOf('@') > AcctScheme.Length && !uri.EndsWith('@') => new SubjectIdentifier(AccountFormat) { Account = uri[AcctScheme.Length..] },
            EmailFormat when members.Count is 2 && Text(members, "email"u8) is { } email => new SubjectIdentifier(EmailFormat) { Email = email },
            IssuerSubjectFormat when members.Count is 3 && Text(members, "iss"u8) is { } issuer && Text(members, "sub"u8) is { } subject =>
                new SubjectIdentifier(IssuerSubjectFormat) { Issuer = issuer, Subject = subject },
            OpaqueFormat when members.Count is 2 && Text(members, "id"u8) is { } id => new SubjectIdentifier(OpaqueFormat) { Id = id },
            AccountFormat or EmailFormat or IssuerSubjectFormat or OpaqueFormat => null,
            _ => new SubjectIdentifier(format!),
        };
        return identifier is not null;
    }

    /// <summary>Names the format, never the person.</summary>
    public override string ToString() => Format;

    private static string? Text(JwtClaims members, ReadOnlySpan<byte> name) =>
        members.GetString(name, 2048, out var value) is ClaimState.Present ? value : null;
}

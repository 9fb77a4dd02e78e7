using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.SignIn.Grants;

/// <summary>The table of grants. What is read to be used is held until the transaction ends, so that of two who come with one code or token one is second.</summary>
internal sealed class GrantTable(NpgsqlDataSource database)
{
    private const string Columns =
        """
        id, sid, client, client_id, redirect_uri, scope, resources, nonce, code_challenge, code_expires_at, redeemed_at, dpop_jkt, generation, refresh_digest,
        refresh_expires_at, expires_at, revoked_at
        """;

    /// <summary>SHA-256 of a code: what is kept of it.</summary>
    public static byte[] DigestOf(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));

    public static async Task AddAsync(NpgsqlConnection connection, SignInGrant grant, byte[] codeDigest, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into signin_grant (id, sid, client, client_id, redirect_uri, scope, resources, nonce, code_digest, code_challenge, code_expires_at, dpop_jkt, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """, connection)
        {
            Parameters =
            {
                new() { Value = grant.Id }, new() { Value = grant.Sid }, new() { Value = grant.Client }, new() { Value = grant.ClientId }, new() { Value = grant.RedirectUri },
                new() { Value = grant.Scope.ToString() }, new() { Value = grant.Resources.ToArray() }, Text(grant.Nonce), new() { Value = codeDigest }, new() { Value = grant.CodeChallenge },
                new() { Value = grant.CodeExpiresAt }, Text(grant.KeyThumbprint), new() { Value = grant.ExpiresAt },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The grant of a code, held.</summary>
    public static Task<SignInGrant?> HoldByCodeAsync(NpgsqlConnection connection, byte[] codeDigest, CancellationToken ct) =>
        ReadAsync(new NpgsqlCommand($"select {Columns} from signin_grant where code_digest = $1 for update", connection) { Parameters = { new() { Value = codeDigest } } }, ct);

    /// <summary>A grant, held.</summary>
    public static Task<SignInGrant?> HoldAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        ReadAsync(new NpgsqlCommand($"select {Columns} from signin_grant where id = $1 for update", connection) { Parameters = { new() { Value = id } } }, ct);

    /// <summary>A grant, to look at.</summary>
    public Task<SignInGrant?> FindAsync(Guid id, CancellationToken ct)
    {
        var command = database.CreateCommand($"select {Columns} from signin_grant where id = $1");
        command.Parameters.Add(new() { Value = id });
        return ReadAsync(command, ct);
    }

    /// <summary>Uses the code up, whatever comes of it.</summary>
    public static Task UseCodeAsync(NpgsqlConnection connection, Guid id, DateTimeOffset now, CancellationToken ct) =>
        ExecuteAsync(connection, "update signin_grant set redeemed_at = $2 where id = $1 and redeemed_at is null", ct, new() { Value = id }, new() { Value = now });

    /// <summary>Makes a refresh token the current one, bound to a key or not.</summary>
    public static Task RotateAsync(NpgsqlConnection connection, RefreshToken token, DateTimeOffset expiresAt, string? keyThumbprint, CancellationToken ct) => ExecuteAsync(
        connection, "update signin_grant set generation = $2, refresh_digest = $3, refresh_expires_at = $4, dpop_jkt = $5 where id = $1", ct,
        new() { Value = token.Grant }, new() { Value = token.Generation }, new() { Value = token.Digest }, new() { Value = expiresAt }, Text(keyThumbprint));

    /// <summary>Revokes a grant with all that follows from it.</summary>
    public static Task<int> RevokeAsync(NpgsqlConnection connection, Guid id, string reason, DateTimeOffset now, CancellationToken ct) => ExecuteAsync(
        connection, "update signin_grant set revoked_at = $3, revoke_reason = $2 where id = $1 and revoked_at is null", ct, new() { Value = id }, new() { Value = reason }, new() { Value = now });

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<SignInGrant?> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct)) return null;
            DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            return new SignInGrant
            {
                Id = reader.GetGuid(0), Sid = reader.GetString(1), Client = reader.GetString(2), ClientId = reader.GetString(3), RedirectUri = reader.GetString(4),
                Scope = ScopeSet.TryParse(reader.GetString(5), out var scope) ? scope : ScopeSet.Empty, Resources = reader.GetFieldValue<string[]>(6), Nonce = Text(7),
                CodeChallenge = reader.GetString(8), CodeExpiresAt = Time(9)!.Value, RedeemedAt = Time(10), KeyThumbprint = Text(11), Generation = reader.GetInt32(12),
                RefreshDigest = reader.IsDBNull(13) ? null : reader.GetFieldValue<byte[]>(13), RefreshExpiresAt = Time(14), ExpiresAt = Time(15)!.Value, IsRevoked = !reader.IsDBNull(16),
            };
        }
    }
}

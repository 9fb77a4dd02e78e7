using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>
/// Sign-in at this issuer: the keys that seal what browsers and the database keep, who is signed in, and what clients were given for it. No code and no refresh token
/// is here, only digests of them.
/// </summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261129010000_SignIn")]
internal sealed class M20261129010000_SignIn : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        alter table signing_key
            drop constraint signing_key_purpose_check,
            add constraint signing_key_purpose_check
                check (purpose in ('id_jag', 'id_token', 'access_token', 'audit_checkpoint', 'audit_export', 'policy_release', 'client_assertion'));

        create table sealing_key (
            id          integer generated always as identity primary key,
            mode        text         not null,
            reference   text         not null,
            wrapped     bytea        not null,
            created_at  timestamptz  not null
        );

        create table signin_session (
            sid               text collate "C" not null primary key,
            subject_key       text collate "C" not null,
            upstream          text         not null,
            upstream_subject  bytea        not null,
            upstream_sid      bytea,
            sealed            bytea        not null,
            signed_in_at      timestamptz  not null,
            checked_at        timestamptz  not null,
            expires_at        timestamptz  not null,
            ended_at          timestamptz,
            end_reason        text,
            check (num_nonnulls(ended_at, end_reason) in (0, 2))
        );
        create index signin_session_subject on signin_session (subject_key);
        create index signin_session_upstream_subject on signin_session (upstream_subject);
        create index signin_session_upstream_sid on signin_session (upstream_sid) where upstream_sid is not null;
        create index signin_session_expiry on signin_session (expires_at);

        create table signin_grant (
            id                  uuid         not null primary key,
            sid                 text collate "C" not null references signin_session on delete cascade,
            client              text         not null,
            client_id           text         not null,
            redirect_uri        text         not null,
            scope               text         not null,
            resources           text[]       not null,
            nonce               text,
            code_digest         bytea        not null unique,
            code_challenge      text         not null,
            code_expires_at     timestamptz  not null,
            redeemed_at         timestamptz,
            dpop_jkt            text,
            generation          integer      not null default 0,
            refresh_digest      bytea,
            refresh_expires_at  timestamptz,
            expires_at          timestamptz  not null,
            revoked_at          timestamptz,
            revoke_reason       text,
            check (num_nonnulls(revoked_at, revoke_reason) in (0, 2)),
            check (num_nonnulls(refresh_digest, refresh_expires_at) in (0, 2))
        );
        create index signin_grant_session on signin_grant (sid);
        create index signin_grant_expiry on signin_grant (expires_at);

        create table signin_shown (
            subject_key  text collate "C" not null,
            client_id    text         not null,
            place        text         not null,
            shown_at     timestamptz  not null,
            primary key (subject_key, client_id, place)
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Sessions are not migrated away; restore a backup instead.");
}

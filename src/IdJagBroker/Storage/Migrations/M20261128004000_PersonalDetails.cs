using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace IdJagBroker.Storage.Migrations;

/// <summary>Who the people behind the log's random keys are: sealed, each under a key of their own, and gone when that person is erased.</summary>
[DbContext(typeof(BrokerDbContext))]
[Migration("20261128004000_PersonalDetails")]
internal sealed class M20261128004000_PersonalDetails : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        create table person_key (
            subject_key  text   not null primary key references person (subject_key) on delete cascade,
            wrapped      bytea  not null check (octet_length(wrapped) = 60)
        );
        create table person_detail (
            subject_key   text         not null primary key references person (subject_key) on delete cascade,
            sealed        bytea        not null,
            digest        bytea        not null check (octet_length(digest) = 32),
            email_digest  bytea        check (octet_length(email_digest) = 32),
            updated_at    timestamptz  not null default clock_timestamp()
        );
        create index person_detail_email on person_detail (email_digest) where email_digest is not null;

        -- Which keys stand for nobody any more, so that every replica forgets them. Says nothing about whom.
        create table person_erasure (
            place        bigint       generated always as identity primary key,
            subject_key  text         not null,
            erased_at    timestamptz  not null default clock_timestamp()
        );
        create function person_erasure_notify() returns trigger language plpgsql as $$
        begin
            perform pg_notify('idjag_person', '');
            return null;
        end $$;
        create trigger person_erasure_notify after insert on person_erasure
            for each statement execute function person_erasure_notify();
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        throw new NotSupportedException("Personal details are not migrated away; restore a backup instead.");
}

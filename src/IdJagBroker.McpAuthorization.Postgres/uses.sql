-- The table of IdJagBroker.McpAuthorization.Postgres: what was used, how often, and until when that matters. Run it as the owner of the schema; it can be run again.
-- The application needs no more than:
--   grant usage on schema idjag to my_application;
--   grant select, insert, update, delete on idjag.uses to my_application;
-- Rows live as long as what they stand for (an ID-JAG some 6 minutes) and are deleted by the application, a thousand at a time. None names a person.
create schema if not exists idjag;

create table if not exists idjag.uses (
    key        bytea       not null primary key,      -- SHA-256 of who issued it and its jti
    count      integer     not null,
    keep_until timestamptz not null
) with (
    fillfactor = 90,                                  -- a counted use is an update in place
    autovacuum_vacuum_scale_factor = 0.02,            -- many small vacuums, since rows come and go all the time
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.1
);

create index if not exists uses_keep_until on idjag.uses (keep_until);

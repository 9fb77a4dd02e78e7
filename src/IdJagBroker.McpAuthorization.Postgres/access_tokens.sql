-- The tables of recorded access tokens of IdJagBroker.McpAuthorization.Postgres: what each means and what it came from, never the token. Run it as the owner of the schema; it can be run again.
-- The application needs no more than:
--   grant usage on schema idjag to my_application;
--   grant select, insert, update, delete on idjag.access_tokens, idjag.revoked_id_jags to my_application;
-- Rows live as long as the tokens (10 minutes unless set otherwise) and are deleted by the application, a thousand at a time. They name people by their accounts here.
create schema if not exists idjag;

create table if not exists idjag.access_tokens (
    jti           text        not null primary key,   -- of an opaque token: at- and its SHA-256
    subject       text        not null,
    client_id     text        not null,
    resource      text        not null,
    scope         text        not null,
    issued_at     timestamptz not null,
    expires_at    timestamptz not null,
    id_jag_issuer text        not null,
    id_jag_jti    text        not null,
    jkt           text,
    auth_time     timestamptz,
    acr           text,
    amr           text[]      not null,
    claims        text        not null                -- JSON; not jsonb, which does not take every text that JSON can hold
) with (
    autovacuum_vacuum_scale_factor = 0.02,            -- many small vacuums, since rows come and go all the time
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.1
);

create index if not exists access_tokens_expires_at on idjag.access_tokens (expires_at);
create index if not exists access_tokens_subject on idjag.access_tokens (subject);
create index if not exists access_tokens_id_jag on idjag.access_tokens (id_jag_issuer, id_jag_jti);

create table if not exists idjag.revoked_id_jags (
    issuer     text        not null,
    jti        text        not null,
    keep_until timestamptz not null,
    primary key (issuer, jti)
);

-- A signing key's life goes on after it is retired: its private half is destroyed and nothing that it signed counts any
-- more (removed_at); revoked_at says that this was done at once, because the key may be in other hands. The state that an
-- older version reads stays "retired".
alter table signing_key add column removed_at timestamptz(3);
alter table signing_key add column revoked_at timestamptz(3);
alter table signing_key add check (removed_at is null or retired_at is not null);
alter table signing_key add check (revoked_at is null or removed_at is not null);

-- Private halves in the vault `database`, sealed under a key that is not in the database.
create table signing_private (
  kid text primary key,
  alg text not null,
  public_jwk jsonb not null,
  sealed bytea not null,
  made_at timestamptz(3) not null
);

-- How often the signing keys change by themselves; no row: as the service has it by default. 0 days: never.
create table key_schedule (
  one boolean primary key default true check (one),
  days integer not null check (days between 0 and 3650),
  since timestamptz(3) not null
);

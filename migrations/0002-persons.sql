-- The person register. What identifies a person lies encrypted in `details` and, as a keyed hash, in
-- person_identifier: a stolen dump shows how many people there are, of what kind and status, and nobody.
create table person (
  -- Random, with the time of registration in front so that a bulk load fills the index from its right edge.
  key uuid primary key,
  version integer not null default 1,
  kind text not null check (kind in ('citizen', 'resident', 'e-resident')),
  status text not null check (status in ('active', 'deceased', 'emigrated', 'suspended', 'protected')),
  -- Names, birth date and identifiers: AES-256-GCM, bound to this row (AAD person|details|key).
  details bytea not null,
  -- Keyed digest of the imported row as it stood in the file, so that the same file again changes nothing.
  digest bytea,
  changed_at timestamptz(3) not null
);

-- `blind`: HMAC-SHA-256 over scheme and canonical code: one code, one person. No foreign keys here and in
-- person_history: they would be checked row by row in a bulk load, and a person is never deleted.
create table person_identifier (
  blind bytea primary key,
  scheme text not null,
  person uuid not null
);

-- The version that a change replaced, and what replaced it. `reason` is sealed: people write names into it.
create table person_history (
  person uuid not null,
  version integer not null,
  kind text not null,
  status text not null,
  details bytea not null,
  changed_at timestamptz(3) not null,
  replaced_at timestamptz(3) not null,
  replaced_by jsonb not null,
  reason bytea,
  import uuid,
  primary key (person, version)
);

-- The citizen's own choice, not a fact of the register: kept apart, so that choosing a language never waits for an
-- import that is holding the person's row.
create table person_language (
  person uuid primary key references person (key),
  language text not null
);

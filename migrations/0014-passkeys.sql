-- Passkeys (WebAuthn): the public half of a key that the person's own device keeps, so nothing here opens a door. One
-- row for each, several for a person; taken away when the person or an operator removes it.
create table passkey (
  -- The credential's id as the authenticator made it: random, 16 to 1023 bytes (WebAuthn §4).
  id bytea primary key check (length(id) between 16 and 1023),
  person uuid not null references person (key) on delete cascade,
  -- COSE_Key.
  public_key bytea not null,
  -- As the authenticator last counted; 0 for one that does not count (compare-and-set).
  counter bigint not null default 0,
  -- It can't leave its device (backup eligibility 0, which never changes in a key's life).
  device_bound boolean not null,
  backed_up boolean not null,
  -- The make of the authenticator, zeros where the browser keeps it to itself.
  aaguid uuid not null,
  transports text[] not null,
  -- What its owner calls it, sealed: people write names into it.
  name bytea not null,
  -- The request of two operators by which a desk saw it made; null: its owner made it after a sign-in at `high`.
  desk_request bigint,
  enrolled_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index passkey_person on passkey (person);

-- What authenticators know a person by: 32 random bytes, never the key of the register entry nor a person code. Kept as
-- long as the person, so that a second passkey replaces the first on the same device.
create table passkey_handle (
  person uuid primary key references person (key) on delete cascade,
  handle bytea not null unique check (length(handle) = 32)
);

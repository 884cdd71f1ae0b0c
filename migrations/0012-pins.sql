-- The PIN that a person sets besides their one-time codes: argon2id with a salt of its own and a pepper from the keys
-- folder, never the PIN. The parameters stand with each hash, so that they can grow: whoever signs in is hashed anew.
create table pin (
  person uuid primary key references person (key) on delete cascade,
  -- Changes with every PIN that is set: an answer that was checked against the former is worth nothing.
  id uuid not null unique,
  hash bytea not null,
  salt bytea not null,
  -- Which pepper: 8 bytes that tell it from others and nothing else about it.
  pepper bytea not null,
  memory_kib integer not null,
  passes integer not null,
  lanes integer not null,
  -- When the last question was asked that was answered rightly, epoch milliseconds; only ever grows (compare-and-set),
  -- so each question lets in once.
  last_question bigint not null default 0,
  set_at timestamptz(3) not null,
  set_by text not null,
  -- Who strong stood behind it; null: nobody did (as `credential.confirmed`).
  confirmed text check (confirmed in ('desk', 'substantial', 'high'))
);

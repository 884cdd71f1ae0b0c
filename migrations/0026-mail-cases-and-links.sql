-- Where a person is written to about changes of theirs: an address that they entered and confirmed by a code. Sealed, bound
-- to the row's id; replaced by the next one.
create table mail_address (
  person uuid primary key references person (key) on delete cascade,
  id uuid not null unique,
  address bytea not null,
  confirmed_at timestamptz(3) not null
);

-- "This was not me": what somebody said of one sign-in or change, and what came of it. `about` and `outcome` are sealed.
-- Kept for two years after it was closed, then purged.
create table own_case (
  id uuid primary key,
  -- Told on the telephone: short, and means nothing by itself.
  number text not null unique,
  person uuid not null references person (key) on delete cascade,
  opened_at timestamptz(3) not null,
  -- Where it was said: signed in on the own page, or by the link of a notice.
  said text not null check (said in ('page', 'link')),
  about bytea not null,
  closed_at timestamptz(3),
  closed_by text,
  outcome bytea,
  check ((closed_at is null) = (closed_by is null)),
  check ((closed_at is null) = (outcome is null))
);
create index own_case_person on own_case (person);
create index own_case_open on own_case (opened_at) where closed_at is null;

-- Links of notices, by which somebody says "this was not me" without signing in: a hash of 128 random bits, never the
-- link. Each works once and for thirty days, then it is purged.
create table own_link (
  hash bytea primary key check (length(hash) = 32),
  person uuid not null references person (key) on delete cascade,
  -- What the notice told of, sealed.
  about bytea not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index own_link_person on own_link (person);
create index own_link_expires on own_link (expires_at);

-- What people are enrolled with. One row per person and method: enrolling again replaces the row, and so revokes what
-- was there before. The secret is sealed and bound to the row's id; a revoked row has none.
create table credential (
  person uuid not null references person (key) on delete cascade,
  method text not null,
  id uuid not null unique,
  state text not null check (state in ('active', 'revoked')),
  secret bytea,
  -- The last time step that was accepted; only ever grows (compare-and-set), so each code works once.
  last_step bigint not null default 0,
  enrolled_at timestamptz(3) not null,
  enrolled_by text not null,
  primary key (person, method),
  check ((state = 'active') = (secret is not null))
);

-- A printed letter with a single-use activation code: a keyed hash of it, never the code. A new letter replaces the
-- one before. Kept until used or 30 days old, then purged.
create table activation_letter (
  person uuid primary key references person (key) on delete cascade,
  code bytea not null,
  issued_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

-- Tries that were counted before they were evaluated. Subjects and browsers are keyed hashes: the table tells nobody
-- whose they are. Kept for 30 days after the last counted try, then purged. No index on the times: every try updates
-- them, and updates that touch no index stay within their page.
create table throttle (
  subject bytea not null,
  -- Empty: all browsers that never signed this person in share one budget.
  browser bytea not null,
  failures integer not null,
  -- Hard stops since the last success: each lasts twice as long as the one before.
  stops integer not null,
  -- Tries turned away, unevaluated, since the last counted one: the first few are audited.
  refused integer not null,
  free_at timestamptz(3) not null,
  last_at timestamptz(3) not null,
  primary key (subject, browser)
) with (fillfactor = 70);

-- What one operator asks for and another allows. A row is never taken back to an earlier state; kept for a year, then
-- purged (the audit keeps who did what).
create table operator_request (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('desk-passkey', 'recovery')),
  person uuid not null references person (key) on delete cascade,
  asked_by text not null,
  asked_at timestamptz(3) not null,
  -- Why, sealed: people write names into it.
  reason bytea not null,
  -- Nobody can allow it any more after that.
  expires_at timestamptz(3) not null,
  approved_by text,
  approved_at timestamptz(3),
  refused_by text,
  refused_at timestamptz(3),
  used_at timestamptz(3),
  -- Of a desk: a keyed hash of the code that opens it once, and of the browser that it opened.
  code bytea,
  browser bytea,
  check (approved_by <> asked_by),
  check ((approved_by is null) = (approved_at is null)),
  check ((refused_by is null) = (refused_at is null)),
  check (approved_by is null or refused_by is null),
  check (used_at is null or approved_at is not null),
  check (browser is null or approved_at is not null)
);
create index operator_request_person on operator_request (person);

-- Which sessions there are, whose, and at which agencies, so that people see theirs, operators end them and agencies hear
-- of those that lapse. Whether a session lives is said by the sessions store; a row may lag behind it by what nobody
-- asked the database for, and is compared with it before anything ends. A row is kept for an hour after its session.
create table live_session (
  -- Names the session in pages, commands and receipts; made from its uid, and no way back to it.
  ref uuid primary key,
  -- What the sessions store knows it by, sealed and bound to this row. Gone once the store has let the session go.
  uid bytea,
  person uuid not null,
  acr text not null,
  amr text not null,
  -- As coarse as "Firefox · Android".
  device text not null,
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  idle_ends_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  ended_at timestamptz(3),
  why text,
  check ((ended_at is null) = (why is null)),
  check (ended_at is not null or uid is not null)
) with (fillfactor = 70);
create index live_session_person on live_session (person) where ended_at is null;
create index live_session_due on live_session (idle_ends_at) where ended_at is null;
create index live_session_ended on live_session (ended_at) where ended_at is not null;
create index live_session_unsettled on live_session (ended_at) where ended_at is not null and uid is not null;

-- Written by the statement that writes its session, so without a foreign key, which would be looked up at every sign-in.
create table live_session_party (
  ref uuid not null,
  client text not null,
  -- What the agency knows the session by.
  sid text,
  first_at timestamptz(3) not null,
  last_at timestamptz(3) not null,
  primary key (ref, client)
) with (fillfactor = 70);
create index live_session_party_client on live_session_party (client, ref);

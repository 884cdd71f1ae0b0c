-- What people see on their own page of what was done in their name: one row for each audit entry that concerns them and
-- that they are shown, written by the entry's own statement. Kept for a time of its own (PRATU_HISTORY_DAYS): whole months
-- are dropped, for rows deleted one by one would be the largest work this database has. No primary key: an index more on
-- every sign-in, and the entry's own is unique already.
create table own_history (
  person uuid not null,
  at timestamptz(3) not null,
  -- audit_event.event
  event uuid not null,
  type text not null,
  client text,
  -- A look-up that a law keeps back for a while; null: shown at once.
  shown_from timestamptz(3),
  -- Means, level, browser, place, claims …: sealed, bound to the event.
  detail bytea not null
) partition by range (at);
create index own_history_person on own_history (person, at, event);
-- The months are made ahead by a scheduled job. A row that finds none goes here, and is moved by that job: nobody's
-- sign-in fails because a month is missing.
create table own_history_elsewhen partition of own_history default;

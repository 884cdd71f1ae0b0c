-- How often telephones were made to ring, so that nobody can be pestered until they confirm. One row for each person
-- code or number that was typed, known or not, and one for each source; all are keyed hashes: the table tells nobody
-- whose they are. Kept for an hour after the last of it, then purged. No index on the times, as with `throttle`.
create table prompt (
  subject bytea primary key,
  -- When it rang within the last ten minutes, oldest first; what was confirmed is taken out again.
  rang timestamptz(3)[] not null,
  -- The one that rings now, or rang last, and until when it may at the longest.
  ringing text not null,
  until timestamptz(3) not null,
  -- Left in peace until then, after a refusal.
  quiet_until timestamptz(3) not null,
  -- Starts turned away since the last that wasn't: the first few are audited.
  refused integer not null,
  last_at timestamptz(3) not null
) with (fillfactor = 70);

create table prompt_source (
  source bytea primary key,
  -- Rung within the window and not confirmed.
  rung integer not null,
  window_end timestamptz(3) not null,
  refused integer not null
) with (fillfactor = 70);

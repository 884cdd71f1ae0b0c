-- Whether a former version was locked, and since when: a lock that was lifted stands in the history, not in the audit alone.
-- The version before writes none while it still runs: of what it keeps meanwhile, only the audit knows. While this runs, whatever
-- changes an entry waits, or is told to come again; a sign-in changes none.
alter table person_history add column locked_at timestamptz(3);

-- What can be known of those that are there, from the audit: its moment, milliseconds after the lock's own. A version was locked
-- when the last word about it before it was replaced is a lock. The audit's whole length is not read: only whoever
-- has a version that a person replaced, and not an import, can have been locked.
with word as (
  select audit_event.person, type, at, lead(at) over (partition by audit_event.person order by id) as next_at
  from (select distinct person from person_history where reason is not null) changed
  join audit_event on audit_event.person = changed.person and type in ('person.locked', 'person.unlocked'))
update person_history set locked_at = word.at
from word
where word.type = 'person.locked' and person_history.person = word.person
  and replaced_at > word.at and (word.next_at is null or replaced_at <= word.next_at);

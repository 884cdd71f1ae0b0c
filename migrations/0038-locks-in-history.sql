-- Whether a former version was locked, and since when: a lock that was lifted stands in the history, not in the audit alone.
-- The version before writes none while it still runs: of what it keeps meanwhile, only the audit knows. While this runs, whatever
-- changes an entry waits, or is told to come again; a sign-in changes none.
alter table person_history add column locked_at timestamptz(3);

-- What can be known of those that are there, from the audit: which version each lock and unlock replaced. That one was written
-- milliseconds before the entry, by a person; an import's stands under the time at which the import began, which says nothing
-- of the order. What lies between a lock and its lifting was locked. The audit's whole length is not read: only whoever
-- has a version that a person replaced can have been locked.
with word as (
  select said.person, said.type, replaced.version, replaced.replaced_at as at
  from (select distinct person from person_history where reason is not null) changed
  join audit_event said on said.person = changed.person and said.type in ('person.locked', 'person.unlocked')
  cross join lateral (
    select version, replaced_at from person_history
    where person = said.person and reason is not null and import is null
      and replaced_at <= said.at and replaced_at > said.at - interval '10 seconds'
    order by version desc limit 1) replaced),
stretch as (
  select person, type, at, version as after, lead(version) over (partition by person order by version) as through from word)
update person_history set locked_at = stretch.at
from stretch
where stretch.type = 'person.locked' and person_history.person = stretch.person
  and version > stretch.after and (through is null or version <= through);

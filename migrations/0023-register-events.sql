-- An operator's lock: nobody is let in as this person until it is lifted. Not a status of the register, which an import may set.
alter table person add column locked_at timestamptz(3);

-- What has changed about a person and must be acted upon everywhere: sessions end, agencies that agreed to it are told. Written
-- with the change, an import's by the thousand; gone when it was acted upon, within seconds.
create table register_event (
  id bigint generated always as identity primary key,
  person uuid not null,
  what text not null check (what in ('status', 'name', 'codes', 'means', 'blocked', 'locked', 'unlocked', 'ended')),
  -- The status before and now; which means; which way in.
  was text,
  now text,
  at timestamptz(3) not null
);

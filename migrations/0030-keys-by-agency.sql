-- A new key may sign for some agencies before it signs for all, and an agency that does not get on with it goes back to
-- the one before. Which key signs for a relying party, where that isn't simply the one that signs for everybody:
create table signing_for (
  client text not null,
  alg text not null,
  kid text not null references signing_key (kid),
  -- "first": named by an operator, before all others or anew; "back": it went back to this key, and stays until it is named.
  because text not null check (because in ('first', 'back')),
  -- From which key it went back.
  away_from text references signing_key (kid),
  since timestamptz(3) not null,
  primary key (client, alg),
  check ((because = 'back') = (away_from is not null))
);

-- The moment of the first signature for anybody, and until when it is watched how agencies take the key up. Absent: not
-- watched (a first key, an emergency).
alter table signing_key add column first_signs_at timestamptz(3);
alter table signing_key add column watched_until timestamptz(3);

-- What was seen of it, by relying party: counters, nobody's name. Goes with the key.
create table key_uptake (
  kid text not null references signing_key (kid),
  client text not null,
  -- Codes redeemed for a token that this key signed, and how many of these a new authorization from the same browser
  -- followed within a minute.
  redeemed integer not null default 0,
  returned integer not null default 0,
  -- Signs that such a token was accepted, and the first of them.
  proved integer not null default 0,
  proved_at timestamptz(3),
  primary key (kid, client)
) with (fillfactor = 70);

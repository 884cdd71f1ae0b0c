-- Printed cards of numbered one-time codes. The means itself is a row of `credential`, whose sealed secret is the key of
-- the hashes here: revoking it makes every card of it worthless, whoever does that. A person has at most two: the one in
-- use, and one that waits and takes its place when its first code is used.
create table code_card (
  id uuid primary key,
  person uuid not null references person (key) on delete cascade,
  -- credential.id; no foreign key, for enrolling anew changes it and so lets go of the cards, which are purged.
  credential uuid not null,
  -- Printed on the card, to tell one sheet of paper from another. Opens nothing.
  serial text not null,
  waiting boolean not null,
  -- 16 bytes a code in the order of the numbers: a keyed hash, never the code; zeroes once it is used.
  codes bytea not null,
  -- The numbers that are not used yet, in the order in which they will be asked for.
  unused smallint[] not null,
  issued_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index code_card_person on code_card (person);
create unique index code_card_waiting on code_card (person) where waiting;
-- Who needs a new one, for the operator's list.
create index code_card_low on code_card (cardinality(unused)) where not waiting;

-- Under which version of the secret blind-index a keyed hash was made: while the register is indexed anew an identifier has
-- two rows, and is found by either.
alter table person_identifier add column indexed_under integer not null default 1;

-- Which secrets wrote this database. One row; a start with other secrets is refused.
create table key_fingerprint (
  one boolean primary key default true check (one),
  fingerprint text not null
);

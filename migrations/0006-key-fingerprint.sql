-- Which secrets wrote this database. One row; a start with other secrets is refused.
create table key_fingerprint (
  only boolean primary key default true check (only),
  fingerprint text not null
);

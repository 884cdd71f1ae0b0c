-- What was done, by whom. A row is never changed; after its retention the payload and the salt are erased (set null)
-- while the commitment stays, so that the proof still verifies and tells nothing.
create table audit_event (
  id bigint generated always as identity primary key,
  event uuid not null unique,
  at timestamptz(3) not null,
  type text not null,
  person uuid,
  client text,
  request text,
  payload bytea,
  salt bytea,
  commitment bytea not null,
  -- Given by the sequencer of the tree that comes later; gap-free, in id order.
  leaf_index bigint
);
create index audit_event_request on audit_event (request) where request is not null;
create index audit_event_person on audit_event (person, id) where person is not null;

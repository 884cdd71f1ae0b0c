-- For reading from a time on: rows lie in the order of time, so a block range index does, at next to no cost a row.
create index audit_event_at on audit_event using brin (at);
-- For erasing what is past its retention, without wading through what was erased before.
create index audit_event_kept on audit_event (at) where payload is not null;

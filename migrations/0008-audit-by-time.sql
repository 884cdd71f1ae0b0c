-- For reading from a time on, and for erasing what is past its retention.
create index audit_event_at on audit_event (at);

-- Whether the sealed details of a former version are bound to that version (person_history|details|key/version): one put into
-- another place doesn't open. Those from before are bound to the person alone.
alter table person_history add column bound_here boolean not null default false;

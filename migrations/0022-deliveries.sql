-- What a delivery to an agency leaves behind: whom it was about, which session, why and when it was last tried. The columns are
-- empty for work that nobody asks after.
alter table job add column person uuid;
-- Names a session to those who may see it; nobody can present it.
alter table job add column session uuid;
-- In one word, why: 'signed-out', 'person-status' …
alter table job add column about text;
alter table job add column tried_at timestamptz(3);
-- An operator began its tries anew then.
alter table job add column renewed_at timestamptz(3);
-- A node is at it until due_at; otherwise due_at is merely the next try, which may be brought forward.
alter table job add column held boolean not null default false;

-- What was given up can be tried again for as long as its receipt is kept, so its payload stays, sealed.
alter table job drop constraint job_check1;
alter table job add constraint job_payload_while_wanted
  check (case when ended_at is null then payload is not null else payload is null or outcome = 'given-up' end);

create index job_person on job (person, made_at) where person is not null;
create index job_session on job (session) where session is not null;
create index job_receipts on job (kind, destination, made_at, id);
create index job_waiting on job (kind, destination, due_at) where ended_at is null;

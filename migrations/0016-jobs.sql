-- Work that must outlive the request that caused it: written in the same transaction as its cause. Payloads are sealed,
-- bound to their row, and erased when the job has ended; the rest is its receipt and goes when its kind says so.
create table job (
  id uuid primary key,
  kind text not null,
  -- Who is spoken to: one that doesn't answer is left alone without holding up the others.
  destination text not null,
  payload bytea,
  made_at timestamptz(3) not null,
  -- The next try; while a node is at one, when another node may take over.
  due_at timestamptz(3) not null,
  tries integer not null default 0,
  ended_at timestamptz(3),
  outcome text check (outcome in ('done', 'refused', 'given-up')),
  check ((ended_at is null) = (outcome is null)),
  check ((ended_at is null) = (payload is not null))
) with (fillfactor = 70);
create index job_due on job (due_at) where ended_at is null;
create index job_ended on job (kind, ended_at) where ended_at is not null;

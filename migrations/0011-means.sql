-- Who strong stood behind a means when it was made: the desk (an operator, or the letter it posted), or the assurance of
-- the sign-in that made it; null: nobody strong did, and the person's first sign-in at `high` takes it away. The default
-- is for the release before, which knows only the desk's means and still runs while this is done.
alter table credential add column confirmed text default 'desk' check (confirmed in ('desk', 'substantial', 'high'));

-- Of the person's own doing. `strong_since`: their first sign-in at `high`. `ended_at`: sign-ins from before are over.
-- `blocked_methods`: what they never want to be let in by; or `only_methods`: all others, those yet to come included.
alter table person add column strong_since timestamptz(3);
alter table person add column ended_at timestamptz(3);
alter table person add column blocked_methods text[];
alter table person add column only_methods text[]
  constraint person_blocks_one_way check (num_nonnulls(blocked_methods, only_methods) <= 1);

-- Which means the first sign-in at `high` took away, until the person has said that they read it.
create table wiped_means (
  person uuid primary key references person (key) on delete cascade,
  wiped_at timestamptz(3) not null,
  methods text[] not null
);

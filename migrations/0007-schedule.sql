-- When each periodic work was last done, by whichever node: it is done once per period over all of them.
create table periodic_work (
  name text primary key,
  done_at timestamptz(3) not null
);

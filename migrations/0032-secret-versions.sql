-- The service's own secrets, in versions: a node that starts has them from here, so that a new one is everywhere before
-- anybody seals with it. The keys folder holds the first and a copy.
create table secret_version (
  name text not null,
  version smallint not null check (version between 1 and 255),
  made_at timestamptz(3) not null,
  -- From when on it seals and signs, until a later one does; null: not yet, every process is still learning it.
  active_at timestamptz(3),
  primary key (name, version)
);

-- Each sealed under the master key (AES-256-GCM, bound to origin, name and version): once, and twice while the master key
-- changes. `master` tells one master key from another and nothing else about it.
create table secret_wrap (
  name text not null,
  version smallint not null,
  master text not null,
  sealed bytea not null,
  -- Of two the later one is the next.
  sealed_at timestamptz not null default now(),
  primary key (name, version, master),
  foreign key (name, version) references secret_version (name, version) on delete cascade
);

-- Every process that has them open, service or command: what it holds, under which master key it was started, and what
-- keeps an old version in use in its keys folder. Gone with the process, or an hour after it was last seen.
create table secret_holder (
  process uuid primary key,
  host text not null,
  started_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  master text not null,
  -- {"name": [versions, the one that seals last]}
  holds jsonb not null,
  -- Versions of `signing-keys` under which files of its keys folder lie.
  files smallint[] not null
);

-- How often a secret changes by itself; no row: only when an operator says so.
create table secret_schedule (
  name text primary key,
  days integer not null check (days between 1 and 3650),
  since timestamptz(3) not null
);

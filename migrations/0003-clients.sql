-- The relying parties, what they may learn, and what the citizen agreed to.

-- Moved on by every change of a relying party, in the same transaction: each node compares this one number every two
-- seconds and reads only the rows above what it has seen. Its row lock makes the writers take turns, so that a lower
-- number is never committed after a higher one was read.
create table client_change (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into client_change (version) values (0);

create table agency (
  id text primary key,
  name jsonb not null,
  officer text not null,
  -- Enters every pairwise subject: see the trigger below.
  sector text not null
);

-- Another sector would give every citizen a new subject at this agency, and nobody could ever put it right again.
create function agency_sector_stays() returns trigger language plpgsql as $$
begin
  raise exception 'the sector of agency % never changes: every sub depends on it', old.id;
end $$;
create trigger agency_sector_stays before update on agency
  for each row when (new.sector is distinct from old.sector) execute function agency_sector_stays();

create table relying_party (
  id text primary key,
  agency text not null references agency,
  name jsonb not null,
  -- OAuth client metadata under the standard names (RFC 7591 §2, OIDC Registration §2), without any secret.
  metadata jsonb not null,
  -- SHA-256 of a secret of 256 random bits.
  secret_hash bytea check (length(secret_hash) = 32),
  disabled boolean not null default false,
  -- The version in force of its agreement; null: it may learn the subject and nothing else.
  agreement integer,
  version bigint not null
);
create index relying_party_version on relying_party (version);
create index relying_party_agency on relying_party (agency);

-- A version is never changed: a new one is added. Kept as long as a consent or an audit entry may name it.
create table agreement (
  client text not null references relying_party,
  version integer not null,
  -- The version that first stated the present purpose: consents given before it were for another purpose.
  purpose_since integer not null,
  purpose jsonb not null,
  officer text not null,
  valid_from timestamptz(3) not null,
  -- Exclusive.
  valid_to timestamptz(3) not null,
  -- Claims by legal ground, assurance, methods, refresh, resources.
  terms jsonb not null,
  made_at timestamptz(3) not null,
  primary key (client, version),
  check (valid_from < valid_to)
);
alter table relying_party add foreign key (id, agreement) references agreement (client, version)
  deferrable initially deferred;

-- What a citizen agreed to. A withdrawal is written into the row, never over it; rows go with the person's entry.
create table consent (
  id bigint generated always as identity primary key,
  person uuid not null,
  client text not null,
  agreement integer not null,
  claims text[] not null check (cardinality(claims) > 0),
  given_at timestamptz(3) not null,
  withdrawn_at timestamptz(3) check (withdrawn_at >= given_at),
  foreign key (client, agreement) references agreement (client, version)
);
create index consent_in_force on consent (person, client) where withdrawn_at is null;
create index consent_of_person on consent (person, given_at);

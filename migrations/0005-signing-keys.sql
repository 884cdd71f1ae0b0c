-- The signing keys' public halves and their lives. The state follows from the moments, so it can't contradict them.
-- Retired keys stay: a sign-out may still be asked for with an ID token that one of them signed.
create table signing_key (
  kid text primary key,
  alg text not null check (alg in ('ES256')),
  public_jwk jsonb not null,
  -- Which vault holds the private half.
  vault text not null,
  announced_at timestamptz(3) not null,
  signing_at timestamptz(3),
  retiring_at timestamptz(3),
  retired_at timestamptz(3),
  state text not null generated always as (
    case
      when retired_at is not null then 'retired'
      when retiring_at is not null then 'retiring'
      when signing_at is not null then 'signing'
      else 'announced'
    end
  ) stored,
  check (retiring_at is null or signing_at is not null)
);
-- One key signs per algorithm.
create unique index signing_key_signing on signing_key (alg) where state = 'signing';

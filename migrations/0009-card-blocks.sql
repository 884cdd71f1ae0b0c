-- Emergency blocks of smart cards: which cards nobody gets in with, and what their holders are told. All conditions that
-- a row has must hold. Rows are never changed, only made and taken away, both on record in the audit.
create table card_block (
  id bigint generated always as identity primary key,
  -- The issuer's name in the issuers' file; null: every issuer.
  issuer text,
  -- When the certificate begins: from, and before (exclusive).
  issued_from timestamptz(3),
  issued_before timestamptz(3) check (issued_before > issued_from),
  key_type text,
  -- Sorted digests of 16 bytes, one per serial number: a long list is one value, not as many rows.
  serials bytea check (length(serials) > 0 and length(serials) % 16 = 0),
  reason jsonb not null,
  made_at timestamptz(3) not null,
  check (coalesce(issuer, issued_from::text, issued_before::text, key_type, serials::text) is not null),
  -- Serial numbers are unique within an issuer only.
  check (serials is null or issuer is not null)
);

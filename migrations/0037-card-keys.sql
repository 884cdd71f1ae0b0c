-- Which key has come with whose card, so that a key that two people have is noticed: either could sign as the other. Both
-- columns are hashes that say nothing to whoever doesn't have the certificate, in which all of it stands.
create table card_key (
  -- SHA-256 of the public key (SubjectPublicKeyInfo).
  key bytea primary key check (length(key) = 32),
  -- SHA-256 of the public key and the subject's serialNumber, as it stands in the certificate.
  holder bytea not null check (length(holder) = 32),
  -- It came with somebody else's certificate as well: it is nobody's any more.
  shared boolean not null default false,
  -- The end of the certificate that lasts longest: then the row is purged.
  until timestamptz(3) not null
);

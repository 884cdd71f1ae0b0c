-- Who may use the operator's command, each by a key of their own. A row is never taken back: who was removed stays, so that
-- what they signed verifies.
create table operator (
  -- RFC 7638 thumbprint of the public key: one key, one operator, for ever.
  key text primary key,
  name text not null,
  -- Name, public key, roles and the end, sealed to this row: whoever only writes to the database makes no operator.
  record bytea not null,
  added_at timestamptz(3) not null,
  removed_at timestamptz(3)
);
create unique index operator_in_force on operator (name) where removed_at is null;

-- An operator's entry is signed by their own key, over the commitment: it verifies after the payload was erased, too.
alter table audit_event add column signer text, add column signature bytea;
alter table audit_event add constraint audit_event_signed check ((signer is null) = (signature is null)) not valid;

-- What two operators must want is more than what concerns one person; and each half is signed by the key of its operator,
-- so that a changed row is worth nothing.
alter table operator_request drop constraint operator_request_kind_check;
alter table operator_request alter column person drop not null;
alter table operator_request
  -- What exactly is asked for, sealed, where kind and person don't say it all.
  add column act bytea,
  add column asked_key text,
  add column asked_signature bytea,
  add column approved_key text,
  add column approved_signature bytea;
alter table operator_request
  add constraint operator_request_signed check (
    (asked_key is null) = (asked_signature is null) and (approved_key is null) = (approved_signature is null)
  ),
  add constraint operator_request_two_keys check (approved_key <> asked_key),
  add constraint operator_request_about check (person is not null or act is not null);

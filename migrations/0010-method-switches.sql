-- Ways of signing in that an operator has switched off, for every agency or for one. Rows are only made, replaced and taken
-- away, each on record in the audit; a row that is not there means that the way is open.
create table method_switch (
  method text not null,
  -- The relying party's client_id; null: for all.
  client text references relying_party (id),
  -- Told to people in place of the usual words; null: nothing more to say.
  reason jsonb,
  made_at timestamptz(3) not null,
  unique nulls not distinct (method, client)
);

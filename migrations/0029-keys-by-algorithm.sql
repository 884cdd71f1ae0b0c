-- Agencies may ask for tokens that are signed with another algorithm; each has a line of keys of its own. An earlier
-- version that still runs shows these keys and signs nothing with them.
alter table signing_key drop constraint signing_key_alg_check;
alter table signing_key add constraint signing_key_alg_check check (alg in ('ES256', 'PS256', 'EdDSA'));

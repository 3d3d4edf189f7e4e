-- A one-time prekey that was given out leaves its id behind: an upload that is repeated late must not bring it back.

alter table prekey alter column public_key drop not null;
alter table prekey alter column signature drop not null;
-- days since 1970; null while it can be given out
alter table prekey add column taken_day integer;
alter table prekey add constraint prekey_taken check (
  (taken_day is null) = (public_key is not null) and (taken_day is null) = (signature is not null)
);
drop index prekey_to_take;
create index prekey_to_take on prekey (device_id, kind, position)
  where kind in ('one_time', 'one_time_kem') and taken_day is null;

-- Platforms, and what the API knows of an Account. Ids and hashes are base64url text, as they cross HTTP; key material and sealed bytes are bytea.

create table platform (
  platform_id text primary key,
  name text not null,
  hosts text[] not null,
  sign_in_url text not null,
  profile_link_url text,
  retention_days integer not null check (retention_days between 1 and 90),
  jwks_url text,
  cross_platform text not null check (cross_platform in ('any', 'own')),
  -- a subject is stored as HMAC(subject_salt, subject) only
  subject_salt bytea not null check (octet_length(subject_salt) = 32)
);

create table platform_key (
  platform_id text not null references platform on delete cascade,
  kid text not null,
  jwk jsonb not null,
  primary key (platform_id, kid)
);

create table account (
  account_id text primary key,
  platform_id text not null references platform,
  subject_hash bytea not null check (octet_length(subject_hash) = 32),
  head_seq integer not null check (head_seq between 0 and 127),
  head_hash text not null,
  unique (platform_id, subject_hash)
);

create table entitlement (
  account_id text primary key references account on delete cascade,
  version bigint not null check (version >= 0),
  may_start boolean not null,
  may_reply boolean not null,
  until_ms bigint
);

create table sigchain_entry (
  account_id text not null references account on delete cascade,
  seq integer not null,
  body bytea not null check (octet_length(body) <= 2048),
  signature bytea not null check (octet_length(signature) = 64),
  co_signature bytea check (octet_length(co_signature) between 64 and 448),
  primary key (account_id, seq)
);

create table device (
  device_id text primary key,
  account_id text not null references account on delete cascade,
  sign_pub bytea not null check (octet_length(sign_pub) = 32),
  -- thumbprint of the login key; a Device that has none yet cannot have a Login
  jkt text,
  revoked boolean not null default false
);
create index device_by_account on device (account_id);

-- the latest statement of each Device
create table freshness (
  device_id text primary key references device on delete cascade,
  account_id text not null references account on delete cascade,
  hour bigint not null,
  body bytea not null check (octet_length(body) <= 256),
  signature bytea not null check (octet_length(signature) = 64)
);
create index freshness_by_account on freshness (account_id);

create table prekey (
  device_id text not null references device on delete cascade,
  prekey_id text not null,
  kind text not null check (kind in ('signed', 'last_resort_kem', 'one_time', 'one_time_kem')),
  public_key bytea not null check (octet_length(public_key) in (32, 1184)),
  hour bigint not null,
  signature bytea not null check (octet_length(signature) = 64),
  -- order of upload: the oldest is given out first
  position bigint generated always as identity,
  primary key (device_id, prekey_id)
);
create unique index prekey_current on prekey (device_id, kind) where kind in ('signed', 'last_resort_kem');
create index prekey_to_take on prekey (device_id, kind, position) where kind in ('one_time', 'one_time_kem');

create table delivery_capability (
  capability_hash text primary key,
  device_id text not null references device on delete cascade,
  account_id text not null references account on delete cascade,
  tag text not null
);
create index delivery_capability_by_tag on delivery_capability (account_id, tag);
create index delivery_capability_by_device on delivery_capability (device_id);

-- one-time prekeys taken by one capability from one Device in one day
create table capability_take (
  capability_hash text not null references delivery_capability on delete cascade,
  device_id text not null references device on delete cascade,
  day integer not null,
  taken integer not null,
  primary key (capability_hash, device_id)
);

create table contact_link (
  lookup text primary key,
  account_id text not null references account on delete cascade,
  auth_hash text not null,
  kind text not null check (kind in ('long_lived', 'one_time')),
  state text not null check (state in ('active', 'paused', 'rotated', 'claimed')),
  descriptor bytea not null check (octet_length(descriptor) <= 8192),
  contact_limit integer check (contact_limit between 1 and 10000),
  expires_at_ms bigint,
  resolved integer not null default 0,
  created_at timestamptz not null default now()
);
create index contact_link_by_account on contact_link (account_id);

-- no column says who drew it
create table ticket (
  ticket_hash text primary key,
  tag text not null,
  account_id text not null references account on delete cascade,
  expires_at_ms bigint not null
);
create index ticket_by_tag on ticket (account_id, tag);
create index ticket_by_expiry on ticket (expires_at_ms);

-- what a Ticket has been spent on, for each Device
create table ticket_use (
  ticket_hash text not null references ticket on delete cascade,
  device_id text not null references device on delete cascade,
  bundles integer not null default 0 check (bundles <= 3),
  envelopes integer not null default 0 check (envelopes <= 20),
  primary key (ticket_hash, device_id)
);

-- Mailboxes, and the runs of Streams. No reference to device: checking it would write to that row for every Envelope.

create table envelope (
  device_id text not null,
  envelope_id text not null,
  -- order of arrival
  position bigint generated always as identity,
  ciphertext bytea not null,
  size_bytes integer not null check (size_bytes = octet_length(ciphertext) and size_bytes <= 65536),
  -- what the recipient ends the Ticket by that it was posted with
  ticket_tag text,
  received_ms bigint not null,
  expires_ms bigint not null,
  primary key (device_id, envelope_id)
);
-- random bytes do not get smaller
alter table envelope alter column ciphertext set storage external;
create index envelope_by_position on envelope (device_id, position) include (size_bytes);
create index envelope_by_expiry on envelope using brin (expires_ms) with (pages_per_range = 16);

-- Envelopes taken between these times expired unread
create table mailbox_gap (
  device_id text primary key,
  from_ms bigint not null,
  to_ms bigint not null,
  -- when a Stream first said so
  told_ms bigint
);

-- the last runs of each Device's Stream; the greatest number is the one it holds
create table stream_run (
  device_id text not null,
  number bigint not null,
  run_id text not null,
  primary key (device_id, number),
  unique (device_id, run_id)
);

/** Every limit of the protocol, each with its argument. */

/** FIPS 203, ML-KEM-768. */
export const KEM_PUBLIC_BYTES = 1184
export const KEM_CIPHERTEXT_BYTES = 1088
export const KEM_SEED_BYTES = 64

/** Bytes one encoded value may have: the largest Envelope bucket. What is larger never arrives in one piece. */
export const MAX_ENCODED_BYTES = 65_536

/** Arrays in arrays. The deepest format of version 1 has five; every level costs a stack frame that a sender makes us pay. */
export const MAX_ENCODED_DEPTH = 8

/** Values in one encoding, containers included. A whole chain of 128 Entries has about 500; each costs an object. */
export const MAX_ENCODED_ITEMS = 8_192

/** Envelope lengths: powers of two. Below 512 nothing would fit beside the framing; 64 KiB holds a full chain and a full body. */
export const SMALLEST_BUCKET_BYTES = 512
export const LARGEST_BUCKET_BYTES = 65_536

/** A first Envelope repeats until answered and carries a chain: at least this bucket, so that the chain's length seldom shows. */
export const INITIATION_BUCKET_BYTES = 4_096

/** A body of 12 KiB and the frame's own heads. With a chain of 48 KiB and a KEM ciphertext it still fits the largest bucket. */
export const MAX_FRAME_BYTES = 12_288 + 128

/** The last moment that a date can name (ECMAScript, "Time Values"): whoever shows a later one fails. */
export const MAX_SENT_MS = 8_640_000_000_000_000

/** The same moment in hours. */
export const MAX_ENTRY_HOUR = MAX_SENT_MS / 3_600_000

/** `sigchain-entries` may carry a whole chain, 48 KiB, and 4 bytes or less around each byte string. */
export const MAX_ENTRIES_FRAME_BYTES = 49_152 + 4_096

/** Ids in one Receipt, of each kind: 512 of 17 bytes are 8.5 KiB, within a body. */
export const MAX_RECEIPT_IDS = 256

/** UTF-16 code units of a display name: what a conversation list can show, with room for long scripts. */
export const MAX_NAME_LENGTH = 80

/** A picture of 96 pixels compresses to 4 KiB; twice that still fits a body. */
export const MAX_AVATAR_BYTES = 8_192

/** Messages a chain may jump, and skipped keys a Session keeps. Each step costs an HKDF any sender can make us pay; 2,000 losses in a row do not happen to a Mailbox. */
export const MAX_SKIPPED_KEYS = 2_000

/** Receiving chains a Session remembers. Older ones open only by their skipped keys; five rounds of overtaking do not happen. */
export const MAX_RECEIVING_CHAINS = 5

/** The number in a header has 32 bits. A chain ends with every answer. */
export const MAX_MESSAGE_NUMBER = 0xffff_ffff

/** Sessions of a Device pair kept to decrypt what is still on its way; each new epoch archives one, at most one an hour. */
export const MAX_ARCHIVED_SESSIONS = 5

/** Epochs one Envelope may jump: a lost database costs a few, and a clone cannot use up 2³¹ of them. */
export const MAX_EPOCH_JUMP = 1_024

/** The greatest epoch. After it the two relink. */
export const MAX_EPOCH = 2 ** 31 - 1

/** Entries of one Sigchain. The whole chain travels in an Initiation, so it has to fit one Envelope. */
export const MAX_CHAIN_ENTRIES = 128

/** Bodies and signatures of one Sigchain together: the largest Envelope less what else an Initiation carries. */
export const MAX_CHAIN_BYTES = 49_152

/** The last Entries that only `revoke` and `recover` may take: a full chain must still be able to lose a stolen Device. */
export const RESERVED_CHAIN_ENTRIES = 16

/** What those reserved Entries need: the longest, a `recover`, has less than 400 bytes. */
export const RESERVED_CHAIN_BYTES = RESERVED_CHAIN_ENTRIES * 400

/** Bytes of one Entry's body. Version 1 needs 300; the rest is for operations of later versions. */
export const MAX_ENTRY_BODY_BYTES = 2_048

/** Devices active at once. Every Message is encrypted once for each of them. */
export const MAX_ACTIVE_DEVICES = 8

/** Bytes of a Device's capability bits: room for 256 of them, in each of 128 Entries. */
export const MAX_CAPS_BYTES = 32

/** How long a freshness statement confirms a head: a week's holiday must not raise a question. */
export const FRESHNESS_HOURS = 7 * 24

/** How far ahead of this clock another's statement may be: two days cover wrong time zones, and no more. */
export const MAX_AHEAD_HOURS = 48

/** Bytes of a freshness statement's body. Version 1 needs 120. */
export const MAX_STATEMENT_BODY_BYTES = 256

/** Bytes of the picture in a ContactLink's descriptor: with name and signature it fills the largest descriptor. */
export const MAX_DESCRIPTOR_AVATAR_BYTES = 5_120

/** UTF-16 code units of a Platform's name in a descriptor: what one line of the interface shows, with room. */
export const MAX_DESCRIPTOR_PLATFORM = 128

/** The lengths a sealed descriptor may have: with a name only, and with a picture. */
export const DESCRIPTOR_BUCKETS = [512, 6_144] as const

/** Typing is shown for as long as a pause for thought; an older one came late and says nothing. */
export const MAX_TYPING_AGE_MS = 10_000

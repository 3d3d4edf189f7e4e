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

/** The door of the protocol: state in, state out. */

// Keys, encoding, Sigchain, links, prekeys

export type {
  Bytes,
  DhPrivateKey,
  KemPrivateKey,
  KeyPair,
  PrivateKeyMode,
  SealKey,
  SignPrivateKey,
  WrappedKeyPair,
} from './keys.ts'
export { openAtRest, sealAtRest, wipe } from './keys.ts'
export {
  generateDhKeyPair,
  generateKek,
  generateKemKeyPair,
  generateSignKeyPair,
  generateWrappedDhKeyPair,
  generateWrappedKemKeyPair,
  generateWrappedSignKeyPair,
  hasNativeKem,
  randomBytes,
  sha256,
  unwrapDhKey,
  unwrapKemKey,
  unwrapSignKey,
} from '#primitives'
export type { CborValue } from './encoding.ts'
export {
  compareBytes,
  concat,
  decode,
  encode,
  EncodingError,
  equalBytes,
  fromBase64url,
  toBase64url,
  tryDecode,
  utf8,
} from './encoding.ts'
export type { Operation } from './entry.ts'
export { deviceIdOf } from './entry.ts'
export type { Genesis, GenesisInput, NextInput, UpdateInput } from './makeEntry.ts'
export { coSignBody, makeGenesis, makeUpdate, nextBody, signBody } from './makeEntry.ts'
export type {
  ChainDevice,
  ChainFailure,
  ChainHead,
  ChainResult,
  DeviceKeys,
  RevokeReason,
  Sigchain,
  SignedEntry,
} from './sigchain.ts'
export { activeDevice, activeDevices, compareHead, extendChain, verifyChain } from './sigchain.ts'
export type { FreshnessFailure, FreshnessResult, FreshnessStatement } from './freshness.ts'
export { confirmedHour, verifyFreshness } from './freshness.ts'
export { makeFreshness } from './makeFreshness.ts'
export type { ContactLink, LinkKeys, LinkKind, LinkSecret, ParsedLink } from './contactLink.ts'
export { deriveLink, encodeContactLink, makeLinkSecret, parseContactLink } from './contactLink.ts'
export type { Descriptor, DescriptorResult } from './descriptor.ts'
export { openDescriptor, sealDescriptor } from './descriptor.ts'
export type { BundleResult, PreKeyBundle, PrekeyKind, SignedPrekey, VerifiedBundle } from './prekeys.ts'
export { verifyBundle } from './prekeys.ts'
export type { OwnPrekey, PrekeyOwner } from './makePrekeys.ts'
export { makeLastResort, makeOneTime, makeOneTimeKem, makeSignedPreKey } from './makePrekeys.ts'
export type { SafetyNumber } from './safetyNumber.ts'
export { safetyNumber } from './safetyNumber.ts'

// Handshake, Sessions, Envelopes, Messages

export type { Inner, InnerResult, Outer, OuterResult, PairSecret, SealingDevice } from './seal.ts'
export { makePairSecret, openInner, openOuter, sealEnvelope } from './seal.ts'
export type {
  AcceptFailure,
  AcceptResult,
  KeptPrekey,
  LinkUse,
  OpenInitiationResult,
  OwnDevice,
  OwnPrekeys,
} from './handshake.ts'
export { acceptInitiation, openInitiation, startSession } from './handshake.ts'
export type { Initiation, PeerDevice, SenderResult } from './initiation.ts'
export { verifySender } from './initiation.ts'
export type { DeviceAddress, EncodedSession, OpenFailure, OpenMessageResult, Session } from './session.ts'
export { decodeSession, encodeSession, openMessage } from './session.ts'
export { openTyping, sealTyping } from './typing.ts'
export type { TypingResult } from './typing.ts'
export type { Header } from './header.ts'
export type { Position, SkippedChanges, SkippedKey, SkippedKeys } from './skipped.ts'
export { NO_SKIPPED_KEYS, decodeSkippedKey, diffSkipped, encodeSkippedKey, expireSkipped } from './skipped.ts'
export type { Heads, MessageContent, MessageType, OpenedContent, UnknownContent } from './message.ts'
export { parseContent } from './message.ts'
export type {
  ContactBody,
  EntriesBody,
  ProfileBody,
  ReceiptBody,
  RetryBody,
  RetryReason,
  Statement,
  TextBody,
} from './bodies.ts'
export {
  makeContact,
  makeEntries,
  makeProfile,
  makeReceipt,
  makeRetry,
  makeText,
  parseContact,
  parseEntries,
  parseProfile,
  parseReceipt,
  parseRetry,
  parseText,
} from './bodies.ts'
export type { Ranked } from './sesame.ts'
export { activeSession, isEpochAllowed, keepSessions, nextEpoch } from './sesame.ts'
export { MAX_FRAME_BYTES, MAX_NAME_LENGTH, MAX_RECEIPT_IDS, MAX_TYPING_AGE_MS } from './limits.ts'

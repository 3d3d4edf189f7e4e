/** The door of the protocol: state in, state out. */

// Handshake, Sessions, Envelopes, Messages

export type { Inner, InnerResult, Outer, OuterResult, PairSecret, SealingDevice } from './seal.ts'
export { makePairSecret, openInner, openOuter, sealEnvelope } from './seal.ts'
export type {
  AcceptFailure,
  AcceptResult,
  LinkUse,
  OpenInitiationResult,
  OwnDevice,
  OwnPrekey,
  OwnPrekeys,
} from './handshake.ts'
export { acceptInitiation, openInitiation, startSession } from './handshake.ts'
export type { Initiation, LinkId, PeerDevice, SenderResult } from './initiation.ts'
export { verifySender } from './initiation.ts'
export type { DeviceAddress, EncodedSession, OpenFailure, OpenMessageResult, Session } from './session.ts'
export { decodeSession, encodeSession, openMessage } from './session.ts'
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
export { MAX_FRAME_BYTES, MAX_RECEIPT_IDS } from './limits.ts'

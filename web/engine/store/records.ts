/** The smaller records, and what each table holds. */
import type { DhPrekeyWire, KemPrekeyWire } from '../../../wire/prekeys.ts'
import type { LinkUse, Sigchain, SignedEntry } from '../../../protocol/index.ts'
import type { AppSnapshot, LinkRow, PlatformSnapshot, Settings } from '../read.ts'
import type { LinkFailure } from '../engine.ts'

/** This Device and its Account. `created` once the API took the genesis. */
export interface DeviceRecord {
  readonly accountId: string
  readonly deviceId: string
  readonly entries: readonly SignedEntry[]
  readonly chain: Sigchain
  readonly created: boolean
}

export interface SignInRecord {
  readonly nonce: string
  readonly startedMs: number
}

/** Runs of the Stream. `pending` is repeated until the API answered. */
export interface RunRecord {
  readonly held: string | null
  readonly pending: string | null
  /** The last 1,000 that this Device made: one of them at the API means that the API went back. */
  readonly made: readonly string[]
}

export interface PendingLinkRecord {
  readonly text: string
  readonly accountId: string
  readonly state: 'needs_sign_in' | 'resolving' | 'ready' | 'failed'
  readonly failure: LinkFailure | null
  readonly name: string | null
  readonly platform: string | null
  readonly resolved: {
    readonly ticket: string
    readonly chain: Sigchain
    readonly confirmedHour: number | null
    readonly link: LinkUse
  } | null
}

export interface PersonRecord {
  readonly name: string
}

export interface MetaRecords {
  readonly canary: { readonly made: number }
  readonly device: DeviceRecord
  readonly signIn: SignInRecord
  readonly run: RunRecord
  readonly pendingLink: PendingLinkRecord
  readonly person: PersonRecord
  readonly settings: Settings
  readonly platform: PlatformSnapshot & { readonly retentionDays: number }
  readonly entitlement: NonNullable<AppSnapshot['entitlement']> & { readonly version: number }
  readonly freshness: { readonly day: number; readonly body: Uint8Array; readonly signature: Uint8Array }
  readonly persisted: { readonly persisted: boolean }
  readonly stop: { readonly stop: NonNullable<AppSnapshot['stop']> }
}

export interface PairRecord {
  readonly deviceId: string
  readonly accountId: string
  /** Outlives the Sessions. */
  readonly maxEpoch: number
  /** When this side last opened a Session: one an hour, the first at once. */
  readonly openedMs: number
  /** Counts the commits: what a transaction over this pair compares. */
  readonly turn: number
}

export interface SessionRecord {
  readonly deviceId: string
  readonly sid: string
  readonly epoch: number
  /** What `encodeSession` gave beside the private key, which has a record of its own. */
  readonly symmetric: Uint8Array
  readonly usedMs: number
}

export const sessionKey = (deviceId: string, sid: string): string => `${deviceId}.${sid}`

export interface SkippedRecord {
  readonly sid: string
  readonly bytes: Uint8Array
}

/** An Initiation that was accepted: its sid never opens a second Session. */
export interface InitiationRecord {
  readonly deviceId: string
  readonly storedMs: number
}

export interface SeenRecord {
  readonly storedMs: number
}

export type PrekeyKind = 'signed' | 'last_resort' | 'one_time' | 'one_time_kem'
export type PrekeyRecord = {
  readonly prekeyId: string
  readonly madeMs: number
  /** When a newer one took its place, or it was found handed out; the private half is kept for late Initiations. */
  readonly replacedMs: number | null
} & (
  | { readonly kind: 'signed' | 'one_time'; readonly signed: DhPrekeyWire }
  | { readonly kind: 'last_resort' | 'one_time_kem'; readonly signed: KemPrekeyWire }
)

export interface LinkRecord {
  readonly lookup: string
  readonly label: string
  readonly url: string
  readonly kind: LinkRow['kind']
  readonly secret: Uint8Array
  readonly linkId: string
  readonly state: 'active' | 'paused' | 'rotated' | 'claimed'
  readonly limit: number | null
  readonly expiresAtMs: number | null
  readonly resolved: number
  readonly createdMs: number
  /** The newest change has reached the API. */
  readonly synced: boolean
  /** The API has ever taken it. */
  readonly published: boolean
  /** The name inside the descriptor the API holds. */
  readonly describedName: string | null
  readonly endedMs: number | null
}

/** `conversationId` is empty for a spare. `capability` is what a Contact sends by. */
export interface CapabilityRecord {
  readonly hash: string
  readonly tag: string
  readonly conversationId: string
  readonly capability: Uint8Array
  readonly registered: boolean
  /** To be revoked at the API. */
  readonly ended: boolean
}

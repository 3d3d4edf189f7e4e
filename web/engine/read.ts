/** The only read door: named queries, immutable snapshots, notifications of change. */
import type { LinkFailure } from './engine.ts'

export interface Queries {
  readonly app: AppSnapshot
  /** Accepted ones and Requests of one's own, newest first. */
  readonly conversations: readonly ConversationRow[]
  /** Requests of others, newest first. */
  readonly requests: readonly ConversationRow[]
  readonly links: readonly LinkRow[]
  readonly [conversation: `conversation:${string}`]: ConversationSnapshot | null
}
export type QueryKey = keyof Queries
export type Snapshot<K extends QueryKey> = Queries[K]

export interface AppSnapshot {
  /** `stopped`: see `stop`. `another_account`: the Grant that came back belongs to another Account than this Device's. */
  readonly phase: 'starting' | 'signed_out' | 'signing_in' | 'ready' | 'another_account' | 'stopped'
  readonly stop: StopReason | null
  readonly connection: 'online' | 'connecting' | 'offline'
  /** True once the Stream said so in this run. */
  readonly caughtUp: boolean
  readonly platform: PlatformSnapshot | null
  readonly account: {
    readonly accountId: string
    readonly name: string
    readonly deviceCount: number
  } | null
  readonly entitlement: {
    readonly start: boolean
    readonly reply: boolean
    readonly untilMs: number | null
  } | null
  readonly pendingLink: PendingLinkSnapshot | null
  readonly storage: { readonly persisted: boolean; readonly keys: 'native' | 'wrapped' | 'unknown' }
  readonly settings: Settings
  readonly outboxCount: number
  readonly unreadCount: number
  readonly requestCount: number
}

export type StopReason =
  | 'unsupported_browser'
  | 'storage_blocked'
  | 'device_revoked'
  | 'restored_copy'
  | 'update_needed'
  | 'self_test_failed'

export interface PlatformSnapshot {
  readonly name: string
  readonly signInUrl: string
  readonly profileLinkUrl: string | null
}

export interface PendingLinkSnapshot {
  readonly state: 'needs_sign_in' | 'resolving' | 'ready' | 'failed'
  readonly failure: LinkFailure | null
  /** From the descriptor sealed under the link's secret; null before it is resolved. */
  readonly name: string | null
  readonly platform: string | null
  readonly accountId: string
  /** The Account behind the link was checked against the fingerprint in it. */
  readonly proven: boolean
}

export interface Settings {
  readonly theme: 'auto' | 'light' | 'dark' | 'contrast'
  readonly language: 'auto' | 'ru' | 'en'
  readonly readReceipts: boolean
  readonly density: 'cozy' | 'compact'
}

/** Where a Message of one's own is: on this Device, in the API's custody, on theirs, seen. */
export type Mark = 'on_device' | 'with_server' | 'delivered' | 'read' | 'failed' | 'expired'
export type ConversationKind = 'contact' | 'request_in' | 'request_out' | 'blocked'

export interface ConversationRow {
  readonly conversationId: string
  readonly accountId: string
  /** Empty when the Account has told none. */
  readonly name: string
  readonly kind: ConversationKind
  readonly preview: {
    readonly text: string
    readonly own: boolean
    readonly kind: 'text' | 'on_its_way' | 'empty'
  }
  readonly draft: string
  readonly atMs: number
  readonly unread: number
  readonly outbox: number
  /** Of the newest Message when it is one's own. */
  readonly mark: Mark | null
}

export interface ConversationSnapshot {
  readonly conversationId: string
  readonly accountId: string
  readonly name: string
  readonly kind: ConversationKind
  readonly deviceCount: number
  /** `link`: their link proved the Account. `known`: they opened ours. */
  readonly proof: 'link' | 'unproven' | 'known'
  readonly chainState: 'ok' | 'fork' | 'rolled_back' | 'update_needed'
  /** Null while the list of Devices is confirmed; else since when it is not. */
  readonly freshSinceMs: number | null
  /** Oldest first. */
  readonly messages: readonly MessageRow[]
  readonly firstUnreadId: string | null
  readonly draft: string
  readonly canWrite: boolean
  /** Of a Request, text only, 300 characters in all; null where there is no such limit. */
  readonly requestCharactersLeft: number | null
  /** Words are indices 0 to 2047 into the interface's word list. */
  readonly safety: { readonly words: readonly number[]; readonly digits: string }
}

export type SendTrouble = 'not_accepted' | 'account_gone' | 'too_large' | 'mailbox_full' | 'peer_alarm'

export interface MessageRow {
  readonly messageId: string
  readonly own: boolean
  readonly kind: 'text' | 'on_its_way' | 'gap' | 'update_needed'
  readonly text: string
  readonly sentMs: number
  readonly receivedMs: number
  /** Null for Messages of others. */
  readonly mark: Mark | null
  readonly failure: SendTrouble | null
  /** Of the recipient's Devices. */
  readonly devices: { readonly delivered: number; readonly of: number }
}

export interface LinkRow {
  readonly lookup: string
  readonly label: string
  readonly url: string
  readonly kind: 'long_lived' | 'one_time'
  readonly state: 'active' | 'paused' | 'rotated' | 'claimed' | 'expired'
  readonly limit: number | null
  readonly resolved: number
  /** False while the API has not taken it yet. */
  readonly published: boolean
  readonly createdMs: number
}

/** What waits to reach the API: first as content, then as the final Envelopes, which are posted byte for byte. */
import type { RetryReason } from '../../../protocol/index.ts'

export interface OutboxRecord {
  /** Sorts in the order of making. */
  readonly key: string
  readonly conversationId: string
  readonly accountId: string
  readonly content: OutboxContent
  /** The Message whose mark depends on it. */
  readonly messageKey: string | null
  /** One Device only (a Receipt, a retry, a resend); null for all of the Account. */
  readonly directedTo: string | null
  /** Opens a new Session to that Device first. */
  readonly freshSession: boolean
  /** Answers a retry: names the Envelope that did not open. */
  readonly resendOf: ResendOf | null
  /** Null until they are made; then never made again. */
  readonly envelopes: readonly OutboxEnvelope[] | null
}

export interface ResendOf {
  readonly sid: Uint8Array
  readonly envelopeId: Uint8Array
  readonly resends: number
}

export interface OutboxContent {
  readonly messageId: Uint8Array
  readonly sentMs: number
  readonly body: OutboxBody
}

/** Bodies of this release, as plain values: the protocol's own form is made when the Envelope is. */
export type OutboxBody =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'receipt'
      readonly delivered: readonly Uint8Array[]
      readonly read: readonly Uint8Array[]
    }
  /** The capability in it is chosen when the Envelope is made. */
  | { readonly type: 'contact'; readonly accepted: boolean }
  | { readonly type: 'profile'; readonly name: string }
  | {
      readonly type: 'retry'
      readonly envelopeId: Uint8Array
      readonly sid: Uint8Array
      readonly n: number
      readonly reason: RetryReason
    }

export interface OutboxEnvelope {
  readonly deviceId: string
  readonly envelopeId: string
  readonly ciphertext: Uint8Array
}

/** An Envelope that was made, kept so that a retry can be answered. */
export interface SentRecord {
  readonly envelopeId: string
  readonly conversationId: string
  readonly deviceId: string
  readonly messageKey: string | null
  readonly content: OutboxContent
  readonly resends: number
  readonly storedMs: number
}

let last = 0

/** Sorts after every key made before it on this Device, also by another tab within the clock's truth. */
export function outboxKey(nowMs: number): string {
  last = Math.max(nowMs * 1000, last + 1)
  const random = crypto
    .getRandomValues(new Uint8Array(4))
    .reduce((text, byte) => text + byte.toString(16), '')
  return `${String(last).padStart(17, '0')}.${random}`
}

export const outboxOf = (conversationId: string) => ({
  index: 'conversation',
  from: conversationId,
  to: conversationId,
})

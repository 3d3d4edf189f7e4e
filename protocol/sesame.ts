/** Which Session of a Device pair sends, and which epochs are believed. SPEC, section "Sessions of a Device pair". */
import { compareBytes } from './encoding.ts'
import type { Bytes } from './keys.ts'
import { MAX_ARCHIVED_SESSIONS, MAX_EPOCH, MAX_EPOCH_JUMP } from './limits.ts'

/** As much of a Session as the rule needs. */
export interface Ranked {
  readonly epoch: number
  readonly sid: Bytes
}

/**
 * The Session that sends: the greatest epoch, then the smallest sid. Both sides choose the same one without a word,
 * however Initiations cross; the one that received last would let a clone revive an old Session.
 */
export function activeSession<S extends Ranked>(sessions: readonly S[]): S | null {
  return sessions.reduce<S | null>((best, next) => (best && rank(best, next) <= 0 ? best : next), null)
}

/** The active Session and the archived ones that stay to decrypt, best first, and those that go. */
export function keepSessions<S extends Ranked>(
  sessions: readonly S[],
): { kept: readonly S[]; dropped: readonly S[] } {
  const ranked = [...sessions].sort(rank)
  return {
    kept: ranked.slice(0, 1 + MAX_ARCHIVED_SESSIONS),
    dropped: ranked.slice(1 + MAX_ARCHIVED_SESSIONS),
  }
}

/**
 * Whether an Envelope's epoch is believed, once its inner layer opened.
 *
 * @param maxEpoch - the greatest of the pair so far, 0 at first contact. It outlives the Sessions.
 */
export function isEpochAllowed(epoch: number, maxEpoch: number): boolean {
  return Number.isInteger(epoch) && epoch >= 1 && epoch <= Math.min(maxEpoch + MAX_EPOCH_JUMP, MAX_EPOCH)
}

/**
 * The epoch of a new Session.
 *
 * @param seen - the greatest epoch in an Envelope of the pair whose inner layer opened, or 0. One that is not allowed counts for nothing.
 * @returns null when the epochs are used up: relink.
 */
export function nextEpoch(maxEpoch: number, seen: number): number | null {
  const next = Math.max(maxEpoch, isEpochAllowed(seen, maxEpoch) ? seen : 0) + 1
  return next <= MAX_EPOCH ? next : null
}

function rank(a: Ranked, b: Ranked): number {
  return b.epoch - a.epoch || compareBytes(a.sid, b.sid)
}

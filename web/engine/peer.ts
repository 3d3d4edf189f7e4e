/** What is known of one Device pair while its lock is held: read once, changed in memory, written in one commit. */
import {
  activeSession,
  decodeSession,
  decodeSkippedKey,
  diffSkipped,
  encodeSession,
  encodeSkippedKey,
  expireSkipped,
  keepSessions,
  toBase64url,
  type Session,
  type SkippedKey,
  type SkippedKeys,
} from '../../protocol/index.ts'
import type { Core } from './core.ts'
import type { Write } from './store/port.ts'
import { sessionKey, type PairRecord } from './store/records.ts'
import type { Held } from './store/table.ts'

export interface Peer {
  readonly deviceId: string
  readonly pair: Held<PairRecord> | null
  readonly state: PairRecord
  readonly sessions: readonly Session[]
  /** Sids of Sessions that differ from their rows. */
  readonly touched: ReadonlySet<string>
  readonly skipped: ReadonlyMap<string, { readonly before: SkippedKeys; readonly after: SkippedKeys }>
}

/** Call it under the lock of that Device only. */
export async function readPeer(core: Core, accountId: string, deviceId: string): Promise<Peer> {
  const pair = await core.store.pairs.get(deviceId)
  const rows = await core.store.sessions.list({ index: 'device', from: deviceId, to: deviceId })
  const sessions = await Promise.all(
    rows.map(async ({ key, value }) => {
      const own = await core.store.vault.dh(ratchetKey(key))
      return own ? decodeSession(value.symmetric, own.privateKey) : null
    }),
  )
  return {
    deviceId,
    pair,
    state: pair?.value ?? { deviceId, accountId, maxEpoch: 0, openedMs: 0, turn: 0 },
    sessions: sessions.filter((session) => session !== null),
    touched: new Set(),
    skipped: new Map(),
  }
}

const ratchetKey = (key: string): string => `ratchet.${key}`

export const activeOf = (peer: Peer): Session | null => activeSession(peer.sessions)

export function sessionOf(peer: Peer, sid: Uint8Array): Session | null {
  const wanted = toBase64url(sid)
  return peer.sessions.find((session) => toBase64url(session.sid) === wanted) ?? null
}

/** The peer with `session` new or in place of its former self. */
export function withSession(peer: Peer, session: Session): Peer {
  const sid = toBase64url(session.sid)
  const others = peer.sessions.filter((known) => toBase64url(known.sid) !== sid)
  return {
    ...peer,
    sessions: [...others, session],
    touched: new Set([...peer.touched, sid]),
    state: { ...peer.state, maxEpoch: Math.max(peer.state.maxEpoch, session.epoch) },
  }
}

/** The peer after an Envelope of this epoch: what this side opens next is greater. */
export function withEpoch(peer: Peer, epoch: number): Peer {
  return { ...peer, state: { ...peer.state, maxEpoch: Math.max(peer.state.maxEpoch, epoch) } }
}

export const isChanged = ({ touched, skipped, state, pair }: Peer): boolean =>
  touched.size > 0 || skipped.size > 0 || state.maxEpoch > (pair?.value.maxEpoch ?? 0)

/** Skipped keys of a Session, read when first needed. */
export async function skippedOf(core: Core, peer: Peer, sid: Uint8Array): Promise<SkippedKeys> {
  const id = toBase64url(sid)
  const known = peer.skipped.get(id)
  if (known) return known.after
  const rows = await core.store.skipped.list({ index: 'session', from: id, to: id })
  const entries = rows.map(({ value }) => decodeSkippedKey(value.bytes))
  return { entries: entries.sort((a, b) => a.storedHour - b.storedHour || a.n - b.n) }
}

export function withSkipped(peer: Peer, sid: Uint8Array, before: SkippedKeys, after: SkippedKeys): Peer {
  const id = toBase64url(sid)
  const first = peer.skipped.get(id)?.before ?? before
  return { ...peer, skipped: new Map([...peer.skipped, [id, { before: first, after }]]) }
}

/** Every row of the pair that changed; the pair's own row is compared by version. */
export async function peerWrites(core: Core, peer: Peer, oldestHour: number): Promise<readonly Write[]> {
  const { store } = core
  const { kept, dropped } = keepSessions(peer.sessions)
  const state = { ...peer.state, turn: peer.state.turn + 1 }
  const changed = kept.filter((session) => peer.touched.has(toBase64url(session.sid)))
  const sessions = await Promise.all(changed.map((session) => sessionWrites(core, peer.deviceId, session)))
  const gone = await Promise.all(dropped.map((session) => endSession(core, peer.deviceId, session)))
  const ended = new Set(dropped.map((session) => toBase64url(session.sid)))
  const skipped = await Promise.all(
    [...peer.skipped]
      .filter(([sid]) => !ended.has(sid))
      .map(([, { before, after }]) => skippedWrites(core, before, expireSkipped(after, oldestHour))),
  )
  return [
    await store.pairs.put(peer.deviceId, state, peer.pair),
    ...sessions.flat(),
    ...skipped.flat(),
    ...gone.flat(),
  ]
}

/** Nothing of a Session stays that could open a message of it. */
async function endSession(core: Core, deviceId: string, session: Session): Promise<readonly Write[]> {
  const { store } = core
  const sid = toBase64url(session.sid)
  const key = sessionKey(deviceId, sid)
  const skipped = await store.db.all('skipped', { index: 'session', from: sid, to: sid })
  return [
    store.sessions.drop(key),
    store.vault.drop(ratchetKey(key)),
    ...skipped.map((row) => store.skipped.drop(row.key)),
  ]
}

async function sessionWrites(core: Core, deviceId: string, session: Session): Promise<readonly Write[]> {
  const { symmetric, ratchetPrivate } = encodeSession(session)
  const sid = toBase64url(session.sid)
  const key = sessionKey(deviceId, sid)
  const record = { deviceId, sid, epoch: session.epoch, symmetric, usedMs: core.clock.nowMs() }
  return [
    await core.store.sessions.set(key, record),
    core.store.vault.keepDh(ratchetKey(key), {
      publicKey: session.ratchet.pair.publicKey,
      privateKey: ratchetPrivate,
    }),
  ]
}

async function skippedWrites(core: Core, before: SkippedKeys, after: SkippedKeys): Promise<readonly Write[]> {
  const { added, removed } = diffSkipped(before, after)
  const puts = added.map((key) =>
    core.store.skipped.set(skippedKey(key), { sid: toBase64url(key.sid), bytes: encodeSkippedKey(key) }),
  )
  return [...(await Promise.all(puts)), ...removed.map((key) => core.store.skipped.drop(skippedKey(key)))]
}

const skippedKey = ({ sid, dhPub, n }: SkippedKey): string => `${toBase64url(sid)}.${toBase64url(dhPub)}.${n}`

/**
 * Takes Envelopes as they come from the Stream: many, in any order, any number of times; each shows once.
 *
 * Everything a batch changes is one transaction: Messages, Sessions, skipped keys, seen hashes, spent prekeys, Outbox.
 */
import {
  activeDevice,
  fromBase64url,
  isEpochAllowed,
  openInitiation,
  openInner,
  openMessage,
  openOuter,
  sha256,
  toBase64url,
  verifySender,
  type Inner,
  type OpenedContent,
  type Outer,
  type PeerDevice,
  type RetryReason,
  type Session,
  type Sigchain,
  type SkippedKeys,
} from '../../protocol/index.ts'
import type { StreamEnvelope } from '../../wire/stream.ts'
import { batchWrites, peerOf, startBatch, type Batch } from './batch.ts'
import { conversationIdOf } from './conversationId.ts'
import { changed, wake, type Core, type Own } from './core.ts'
import { linkOf, pskOf } from './linkOf.ts'
import { peerLock } from './lock.ts'
import { sessionOf, skippedOf, withEpoch, withSession, withSkipped, type Peer } from './peer.ts'
import { ownPrekeys, spendPrekeys } from './spendPrekeys.ts'
import { keysOf } from './signal.ts'
import type { ContactRecord } from './store/contacts.ts'
import { askStranger, queueReceipts, take, takeFailure, takeFromRemoved } from './take.ts'

/** One Envelope on its way through. */
export interface Arrived {
  readonly envelope: StreamEnvelope
  readonly ciphertext: Uint8Array
  /** H(ciphertext). */
  readonly hash: string
}

/** Who sent an opened Envelope. `contact` is null for a Person not known yet. */
export interface Sender {
  readonly conversationId: string
  readonly accountId: string
  readonly deviceId: string
  readonly contact: ContactRecord | null
  /** Verified, as new as this side knows it. */
  readonly chain: Sigchain
}

/**
 * @returns true once all are durable and may be acknowledged; false when there is no room for them.
 */
export async function receive(core: Core, own: Own, envelopes: readonly StreamEnvelope[]): Promise<boolean> {
  const arrived = (await Promise.all(envelopes.map(arrive))).filter((item) => item !== null)
  for (;;) {
    const fresh = await withoutSeen(core, arrived)
    const opened = await Promise.all(
      fresh.map((item) => openOuter({ own: own.device, envelope: item.ciphertext })),
    )
    const outers = opened.map((result) => (result.ok ? result.outer : null))
    const devices = outers.flatMap((outer) => (outer ? [peerLock(toBase64url(outer.sender.deviceId))] : []))
    const outcome = await core.locks.holdAll(devices, () => takeAll(core, own, fresh, outers))
    if (outcome === 'conflict') continue
    return outcome === 'done'
  }
}

async function arrive(envelope: StreamEnvelope): Promise<Arrived | null> {
  const ciphertext = fromBase64url(envelope.ciphertext)
  return ciphertext && { envelope, ciphertext, hash: toBase64url(await sha256(ciphertext)) }
}

async function withoutSeen(core: Core, arrived: readonly Arrived[]): Promise<readonly Arrived[]> {
  const seen = await Promise.all(arrived.map(({ hash }) => core.store.seen.get(hash)))
  const first = new Map(arrived.filter((_item, i) => !seen[i]).map((item) => [item.hash, item]))
  return [...first.values()].filter(({ envelope }) => !envelope.ephemeral)
}

async function takeAll(core: Core, own: Own, fresh: readonly Arrived[], outers: readonly (Outer | null)[]) {
  const batch = startBatch(core)
  for (const [i, arrived] of fresh.entries()) {
    const outer = outers[i]
    if (outer) await takeOne(core, own, batch, arrived, outer)
    batch.writes.push(await core.store.seen.set(arrived.hash, { storedMs: core.clock.nowMs() }))
  }
  await queueReceipts(core, batch)
  const outcome = await core.store.db.commit(await batchWrites(core, batch))
  if (outcome !== 'done') return outcome
  if (batch.touched.size > 0) changed(core, ...[...batch.touched].flatMap(keysOf))
  wake(core)
  return outcome
}

/** Nothing is believed before the inner layer opened for a Device of a verified chain. What fails here is counted by being acknowledged. */
async function takeOne(core: Core, own: Own, batch: Batch, arrived: Arrived, outer: Outer): Promise<void> {
  const { accountId, deviceId } = outer.sender
  const conversationId = await conversationIdOf(own.device.accountId, accountId)
  const contact = await batch.contacts.get(conversationId)
  const device =
    contact?.chain.devices.find((known) => toBase64url(known.deviceId) === toBase64url(deviceId)) ?? null
  const senderDhPub = device?.dhPub ?? outer.dhPubA
  const opened = senderDhPub && (await openInner({ own: own.device, outer, senderDhPub }))
  if (!opened?.ok) return
  const { inner } = opened
  if (isFarAhead(contact, inner)) return
  const known = await peerOf(core, batch, toBase64url(accountId), toBase64url(deviceId))
  if (!isEpochAllowed(outer.epoch, known.state.maxEpoch)) return
  const peer = device ? withEpoch(known, outer.epoch) : known
  batch.peers.set(peer.deviceId, peer)
  const from = { conversationId, accountId: toBase64url(accountId), deviceId: toBase64url(deviceId), contact }
  const session = sessionOf(peer, inner.header.sid)
  if (session && contact && device) {
    await takeInSession(core, batch, arrived, { ...from, chain: contact.chain }, peer, session, inner)
  } else if (inner.initiation && senderDhPub) {
    await takeInitiation(core, own, batch, arrived, from, peer, inner, senderDhPub)
  } else if (contact && activeDevice(contact.chain, deviceId)) {
    await failed(core, batch, arrived, { ...from, chain: contact.chain }, inner, 'unknown_session')
  }
}

/** Each number between costs a key to make and keep, and nobody owes a stranger that many. */
const MAX_STRANGER_NUMBER = 100

function isFarAhead(contact: ContactRecord | null, { header }: Inner): boolean {
  if (contact?.kind === 'contact' || contact?.kind === 'request_out') return false
  return header.n > MAX_STRANGER_NUMBER || header.pn > MAX_STRANGER_NUMBER
}

async function takeInSession(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  peer: Peer,
  session: Session,
  inner: Inner,
): Promise<void> {
  const skipped = await skippedOf(core, peer, session.sid)
  const result = await openMessage({ session, inner, skipped, hour: core.clock.hour() })
  if (!result.ok) {
    if (activeDevice(from.chain, inner.sender.deviceId)) {
      await failed(core, batch, arrived, from, inner, result.failure)
    }
    return
  }
  keep(batch, peer, result.session, skipped, result.skipped)
  const device = from.chain.devices.find((known) => toBase64url(known.deviceId) === from.deviceId)
  const removedSeq = device?.revokedSeq ?? null
  if (removedSeq === null) return take(core, batch, arrived, from, result.content)
  if (sentBefore(removedSeq, result.content))
    await takeFromRemoved(core, batch, arrived, from, result.content)
}

function keep(batch: Batch, peer: Peer, session: Session, before: SkippedKeys, after: SkippedKeys): void {
  const next = withSession(peer, session)
  batch.peers.set(peer.deviceId, before === after ? next : withSkipped(next, session.sid, before, after))
}

/** A revoked Device is heard only as far as it spoke before it knew of its removal. */
const sentBefore = (removedSeq: number, { heads }: OpenedContent): boolean =>
  heads !== null && heads.own.seq < removedSeq

async function takeInitiation(
  core: Core,
  own: Own,
  batch: Batch,
  arrived: Arrived,
  from: Omit<Sender, 'chain'>,
  peer: Peer,
  inner: Inner,
  dhPub: Uint8Array,
): Promise<void> {
  const { initiation, sender } = inner
  if (!initiation) return
  const known = from.contact?.chain ?? null
  const verified = await verifySender({ sender, dhPub, initiation, known })
  if (!verified.ok) {
    if (verified.failure === 'fork' && from.contact) await alarm(batch, from.contact)
    return
  }
  const sid = toBase64url(inner.header.sid)
  const named = { ...from, chain: verified.chain }
  if (batch.initiations.has(sid) || (await core.store.initiations.get(sid))) {
    return failed(core, batch, arrived, named, inner, 'unknown_session')
  }
  const link = await linkOf(core, initiation.linkId)
  if (!from.contact && !link) return
  const result = await openInitiation({
    own: own.device,
    peer: verified.peer satisfies PeerDevice,
    inner: { ...inner, initiation },
    prekeys: await ownPrekeys(core, batch, initiation),
    psk: link && (await pskOf(link)),
    hour: core.clock.hour(),
  })
  if (!result.ok) {
    batch.peers.set(peer.deviceId, withEpoch(peer, inner.epoch))
    if (!from.contact && result.failure === 'unknown_prekey') {
      await askStranger(core, batch, arrived, named, inner, initiation.replyCapability)
    } else if (result.failure === 'unknown_prekey' || result.failure === 'forged') {
      await failed(core, batch, arrived, named, inner, result.failure)
    }
    return
  }
  keep(batch, peer, result.session, { entries: [] }, result.skipped)
  await spendPrekeys(core, batch, initiation, sid, from.deviceId)
  await take(core, batch, arrived, named, result.content, {
    viaLink: link !== null,
    replyCapability: initiation.replyCapability,
  })
}

async function alarm(batch: Batch, contact: ContactRecord): Promise<void> {
  await batch.contacts.set(contact.conversationId, { ...contact, chainState: 'fork' })
  batch.touched.add(contact.conversationId)
}

async function failed(
  core: Core,
  batch: Batch,
  arrived: Arrived,
  from: Sender,
  inner: Inner,
  reason: RetryReason,
): Promise<void> {
  await takeFailure(core, batch, arrived, from, { sid: inner.header.sid, n: inner.header.n, reason })
}

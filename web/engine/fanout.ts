/** An Outbox row becomes its final Envelopes: one for each active Device, stored with the advanced Sessions in one commit. */
import {
  activeDevices,
  makeContact,
  makeProfile,
  makeReceipt,
  makeRetry,
  makeText,
  nextEpoch,
  sealEnvelope,
  startSession,
  toBase64url,
  verifyBundle,
  type ChainDevice,
  type MessageContent,
  type PeerDevice,
  type Session,
  type VerifiedBundle,
} from '../../protocol/index.ts'
import type { DhPrekeyWire, KemPrekeyWire, PreKeyBundleWire } from '../../wire/prekeys.ts'
import { giveCapability } from './capabilities.ts'
import { bytes, changed, randomId, type Core, type Own } from './core.ts'
import { peerLock } from './lock.ts'
import { activeOf, peerWrites, readPeer, withSession, type Peer } from './peer.ts'
import type { SendTrouble } from './read.ts'
import type { RemoteFailure } from './remote.ts'
import { resendId } from './resend.ts'
import { withRight } from './rights.ts'
import type { ContactRecord } from './store/contacts.ts'
import type { OutboxEnvelope, OutboxRecord } from './store/outbox.ts'
import type { Write } from './store/port.ts'
import type { Held } from './store/table.ts'
import { oldestHour } from './retention.ts'
import { keysOf } from './signal.ts'

/** `again`: another tab was faster. `wait`: something is missing for now. `gone`: nothing is left to send to. */
export type FanoutResult =
  | { readonly ok: true; readonly row: Held<OutboxRecord> }
  | { readonly ok: false; readonly failure: 'again' | 'wait' | 'gone' }
  | { readonly ok: false; readonly failure: 'trouble'; readonly trouble: SendTrouble }
  | { readonly ok: false; readonly failure: 'remote'; readonly remote: RemoteFailure }

/** New Sessions of a pair: one an hour, the first at once. */
const SESSION_INTERVAL_MS = 3_600_000

/**
 * Makes what is missing of a row's Envelopes. Those it has are never made again.
 *
 * @returns the row as it is stored: what may be posted.
 */
export async function makeEnvelopes(core: Core, own: Own, row: Held<OutboxRecord>): Promise<FanoutResult> {
  const contact = await core.store.contacts.get(row.value.conversationId)
  if (!contact || contact.value.kind === 'blocked') return { ok: false, failure: 'gone' }
  const { chain, chainState } = contact.value
  if (chainState !== 'ok') return { ok: false, failure: 'trouble', trouble: 'peer_alarm' }
  if (chain.suspended) return { ok: false, failure: 'wait' }
  const { directedTo } = row.value
  const devices = activeDevices(chain).filter(
    (device) => !directedTo || toBase64url(device.deviceId) === directedTo,
  )
  const made = new Set(row.value.envelopes?.map(({ deviceId }) => deviceId))
  const missing = devices.filter((device) => !made.has(toBase64url(device.deviceId)))
  if (devices.length === 0) return { ok: false, failure: 'gone' }
  if (missing.length === 0) return { ok: true, row }
  const bundles = await fetchBundles(core, contact.value, row.value, missing)
  if (!bundles.ok) return bundles
  const names = missing.map((device) => peerLock(toBase64url(device.deviceId)))
  return core.locks.holdAll(names, () =>
    encryptAll(core, own, { row, contact, devices: missing, bundles: bundles.of }),
  )
}

type Bundles =
  | { readonly ok: true; readonly of: ReadonlyMap<string, VerifiedBundle> }
  | Extract<FanoutResult, { ok: false }>

/** Bundles of the Devices that have no Session yet, or need a fresh one; before any lock is taken. */
async function fetchBundles(
  core: Core,
  contact: ContactRecord,
  row: OutboxRecord,
  devices: readonly ChainDevice[],
): Promise<Bundles> {
  const wanted: ChainDevice[] = []
  for (const device of devices) {
    const peer = await readPeer(core, contact.accountId, toBase64url(device.deviceId))
    if (!activeOf(peer) || mayRenew(core, row, peer)) wanted.push(device)
  }
  if (wanted.length === 0) return { ok: true, of: new Map() }
  const ids = wanted.map((device) => toBase64url(device.deviceId))
  const answer = await withRight(contact, (right) => core.remote.bundles(contact.accountId, ids, right))
  if (!answer.ok) return { ok: false, failure: 'remote', remote: answer }
  const of = new Map<string, VerifiedBundle>()
  for (const device of wanted) {
    const id = toBase64url(device.deviceId)
    const found = answer.value.bundles.find((bundle) => bundle.deviceId === id)
    const verified = found && (await verifyBundle(device, bundleOf(found)))
    if (verified?.ok) of.set(id, verified.bundle)
    else if (found) return { ok: false, failure: 'trouble', trouble: 'peer_alarm' }
  }
  return of.size > 0 ? { ok: true, of } : { ok: false, failure: 'wait' }
}

function mayRenew(core: Core, row: OutboxRecord, peer: Peer): boolean {
  return row.freshSession && core.clock.nowMs() - peer.state.openedMs >= SESSION_INTERVAL_MS
}

const prekeyOf = ({ prekeyId, key, hour, signature }: DhPrekeyWire | KemPrekeyWire) => ({
  prekeyId: bytes(prekeyId),
  key: bytes(key),
  hour,
  signature: bytes(signature),
})

const bundleOf = ({ signedPreKey, oneTime, kem }: PreKeyBundleWire) => ({
  signedPreKey: prekeyOf(signedPreKey),
  oneTime: oneTime && prekeyOf(oneTime),
  kem: prekeyOf(kem),
})

interface Work {
  readonly row: Held<OutboxRecord>
  readonly contact: Held<ContactRecord>
  readonly devices: readonly ChainDevice[]
  readonly bundles: ReadonlyMap<string, VerifiedBundle>
}

const NOTHING_GIVEN = { capability: null, writes: [] }

async function encryptAll(core: Core, own: Own, work: Work): Promise<FanoutResult> {
  const { row, contact, devices } = work
  // Whom nobody has accepted yet is asked again at most, and gets no right to write for that.
  const isStranger = contact.value.kind === 'request_in'
  const given = isStranger ? NOTHING_GIVEN : await giveCapability(core, contact.key)
  if (!given) return { ok: false, failure: 'wait' }
  const body = await contentOf(own, contact.value, row.value, given.capability, core)
  const writes: Write[] = [...given.writes]
  const envelopes: OutboxEnvelope[] = [...(row.value.envelopes ?? [])]
  for (const device of devices) {
    const peer = await readPeer(core, contact.value.accountId, toBase64url(device.deviceId))
    const bundle = work.bundles.get(peer.deviceId) ?? null
    const session = await sessionFor(core, own, work, peer, device, bundle, given.capability)
    if (!session) continue
    const sealed = await sealEnvelope({
      own: own.device,
      peer: device,
      session: session.session,
      content: body,
    })
    const made = {
      deviceId: peer.deviceId,
      envelopeId: await newEnvelopeId(row.value),
      ciphertext: sealed.envelope,
    }
    envelopes.push(made)
    writes.push(
      ...(await peerWrites(core, withSession(session.peer, sealed.session), await oldestHour(core))),
    )
    writes.push(await sentWrite(core, row.value, made))
  }
  if (envelopes.length === 0) return { ok: false, failure: 'wait' }
  const record = { ...row.value, envelopes }
  writes.push(await core.store.outbox.put(row.key, record, row), ...(await messageWrites(core, record)))
  const outcome = await core.store.db.commit(writes)
  if (outcome !== 'done') return { ok: false, failure: outcome === 'conflict' ? 'again' : 'wait' }
  changed(core, ...keysOf(contact.key))
  return { ok: true, row: { key: row.key, version: row.version + 1, value: record } }
}

/** A resend is recognised by an id that both sides derive and the API cannot. */
const newEnvelopeId = async ({ resendOf }: OutboxRecord): Promise<string> =>
  resendOf ? resendId(resendOf.sid, resendOf.envelopeId) : randomId()

async function sessionFor(
  core: Core,
  own: Own,
  { row, contact }: Work,
  peer: Peer,
  device: ChainDevice,
  bundle: VerifiedBundle | null,
  replyCapability: Uint8Array | null,
): Promise<{ readonly peer: Peer; readonly session: Session } | null> {
  const active = activeOf(peer)
  if (active && !(bundle && mayRenew(core, row.value, peer))) return { peer, session: active }
  const epoch = nextEpoch(peer.state.maxEpoch, 0)
  if (!bundle || epoch === null) return null
  const { accountId, chain, link } = contact.value
  const named: PeerDevice = { ...device, accountId: bytes(accountId), head: chain.head }
  const isFirst = peer.state.maxEpoch === 0
  const session = await startSession({
    own: own.device,
    peer: named,
    bundle,
    epoch,
    link: isFirst ? link : null,
    replyCapability,
  })
  return { peer: { ...peer, state: { ...peer.state, openedMs: core.clock.nowMs() } }, session }
}

async function contentOf(
  own: Own,
  contact: ContactRecord,
  row: OutboxRecord,
  capability: Uint8Array | null,
  core: Core,
): Promise<MessageContent> {
  const { body, messageId, sentMs } = row.content
  const heads = { own: own.device.chain.head, peer: contact.chain.head }
  const content = { version: 1, type: body.type, messageId, sentMs, heads } as const
  switch (body.type) {
    case 'text':
      return { ...content, body: makeText({ conversationId: null, text: body.text }) }
    case 'receipt': {
      const statement = await core.store.meta.get('freshness')
      const freshness = statement && { body: statement.body, signature: statement.signature }
      return { ...content, body: makeReceipt({ delivered: body.delivered, read: body.read, freshness }) }
    }
    case 'contact':
      return { ...content, body: makeContact({ account: null, capability, accepted: body.accepted }) }
    case 'profile':
      return { ...content, body: makeProfile({ name: body.name, avatar: null }) }
    case 'retry':
      return { ...content, body: makeRetry({ ...body, head: own.device.chain.head }) }
  }
}

async function sentWrite(core: Core, row: OutboxRecord, made: OutboxEnvelope): Promise<Write> {
  const { envelopeId, deviceId } = made
  const { conversationId, messageKey, content, resendOf } = row
  return core.store.sent.set(envelopeId, {
    envelopeId,
    conversationId,
    deviceId,
    messageKey,
    content,
    resends: resendOf?.resends ?? 0,
    storedMs: core.clock.nowMs(),
  })
}

/** The Message names the Devices it goes to: its mark waits for each. */
async function messageWrites(core: Core, row: OutboxRecord): Promise<readonly Write[]> {
  const message = row.messageKey && !row.directedTo ? await core.store.messages.get(row.messageKey) : null
  if (!message) return []
  const known = message.value.devices
  const added = (row.envelopes ?? []).filter(
    ({ deviceId }) => !known.some((device) => device.deviceId === deviceId),
  )
  const devices = [...known, ...added.map(({ deviceId }) => ({ deviceId, delivered: false, read: false }))]
  return [await core.store.messages.put(message.key, { ...message.value, devices }, message)]
}

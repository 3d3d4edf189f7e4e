/** Posting: relayed to a Device that is there, stored for one that is not. */
import type { EnvelopePost, OutgoingEnvelope, StaleDevices } from '../../wire/envelope.ts'
import type { DeviceId, EnvelopeId, Tag } from '../../wire/ids.ts'
import type { SigchainEntry } from '../../wire/sigchain.ts'
import type { Bus } from '../bus/bus.ts'
import { isOutage } from '../db/outage.ts'
import { problem } from '../http/problem.ts'
import type { Holds } from './holds.ts'
import type { Mailbox } from './mailbox.ts'
import { type DeviceMessage, deviceTopic } from './messages.ts'

/** What a post is compared with. */
export interface DeliveryTarget {
  readonly head: EnvelopePost['head']
  readonly devices: readonly DeviceId[]
  readonly retentionDays: number
}

export interface PostDeps {
  readonly bus: Pick<Bus, 'publish'>
  readonly holds: Holds
  readonly mailbox: Pick<Mailbox, 'store'>
  /** Named in receipts, so that any instance can tell this one of an Acknowledgement. */
  readonly instanceId: string
  readonly entriesAfter: (accountId: string, after: number) => Promise<readonly SigchainEntry[]>
  readonly holdMs: number
  readonly now: () => number
}

/** `kept` by the Device or the Mailbox; else the sender keeps it in the Outbox. */
type Outcome = 'kept' | 'full' | 'unavailable'

/**
 * @param ticketTag - of a first contact, which is stored before anything else; null for a Capability.
 * @param spend - called once the post is known to fit: a stale one costs nothing.
 * @returns the Envelopes that are kept, when any is. @throws Problem `stale_devices`, `mailbox_full`, `unavailable`
 */
export async function postEnvelopes(
  deps: PostDeps,
  target: DeliveryTarget,
  post: EnvelopePost,
  ticketTag: Tag | null,
  spend: () => Promise<void>,
): Promise<{ readonly accepted: EnvelopeId[] }> {
  await refuseStale(deps, target, post)
  await spend()
  const receivedMs = deps.now()
  const lives = { receivedMs, expiresMs: receivedMs + target.retentionDays * DAY_MS, ticketTag }
  const outcomes = await Promise.all(post.envelopes.map((envelope) => deliver(deps, envelope, lives)))
  const accepted = post.envelopes.filter((_, n) => outcomes[n] === 'kept').map(({ envelopeId }) => envelopeId)
  if (accepted.length > 0) return { accepted }
  throw outcomes.includes('unavailable')
    ? problem('unavailable', { retryAfterS: 2 })
    : problem('mailbox_full')
}

const DAY_MS = 86_400_000

/** Every active Device is addressed or named, at the head that is: a Device cannot be left out by an old list. */
async function refuseStale(deps: PostDeps, target: DeliveryTarget, post: EnvelopePost): Promise<void> {
  const named = [...post.envelopes, ...post.omitted].map(({ deviceId }) => deviceId)
  refuseRepeated('envelopes', named)
  refuseRepeated(
    'envelopes',
    post.envelopes.map(({ envelopeId }) => envelopeId),
  )
  const missing = target.devices.filter((deviceId) => !named.includes(deviceId))
  const extra = named.filter((deviceId) => !target.devices.includes(deviceId))
  const sameHead = post.head.seq === target.head.seq && post.head.hash === target.head.hash
  if (sameHead && missing.length === 0 && extra.length === 0) return
  const entries = await deps.entriesAfter(post.account, post.head.seq)
  const fields: StaleDevices = { missing, extra: extra.slice(0, 8), entries: [...entries] }
  throw problem('stale_devices', { fields: { ...fields } })
}

function refuseRepeated(where: string, ids: readonly string[]): void {
  if (new Set(ids).size !== ids.length) throw problem('malformed', { where: [where] })
}

interface Lives {
  readonly receivedMs: number
  readonly expiresMs: number
  readonly ticketTag: Tag | null
}

async function deliver(deps: PostDeps, envelope: OutgoingEnvelope, lives: Lives): Promise<Outcome> {
  if (envelope.ephemeral) return relayOnly(deps, envelope, lives)
  if (lives.ticketTag !== null) return store(deps, envelope, lives)
  // Opened before the publish: the Acknowledgement may be here before the count of subscribers is.
  const hold = deps.holds.open(envelope)
  try {
    const reached = await publish(deps, envelope, lives)
    if (reached > 0 && (await hold.acknowledged(deps.holdMs))) return 'kept'
    // Also of one that reached nobody an Acknowledgement may be here: the count is 0 too when the bus is late with it.
    const outcome = await store(deps, envelope, lives)
    if (outcome === 'kept') hold.stored()
    return outcome
  } finally {
    hold.end()
  }
}

async function relayOnly(deps: PostDeps, envelope: OutgoingEnvelope, lives: Lives): Promise<Outcome> {
  await publish(deps, envelope, lives)
  return 'kept'
}

function publish(deps: PostDeps, envelope: OutgoingEnvelope, { receivedMs }: Lives): Promise<number> {
  const { deviceId, envelopeId, ciphertext, ephemeral } = envelope
  const receipt = ephemeral ? null : deps.instanceId
  const message: DeviceMessage = {
    kind: 'relay',
    envelope: { envelopeId, ciphertext, ephemeral, receipt, ticketTag: null, receivedMs },
  }
  return deps.bus.publish(deviceTopic(deviceId), message)
}

async function store(deps: PostDeps, envelope: OutgoingEnvelope, lives: Lives): Promise<Outcome> {
  const { deviceId, envelopeId } = envelope
  const ciphertext = Buffer.from(envelope.ciphertext, 'base64url')
  try {
    if ((await deps.mailbox.store({ deviceId, envelopeId, ciphertext, ...lives })) === 'full') return 'full'
  } catch (error) {
    if (isOutage(error)) return 'unavailable'
    throw error
  }
  tellStored(deps, deviceId, envelopeId)
  return 'kept'
}

/** Also when nobody listened a moment ago: a Device that connects in between may have read its Mailbox before the commit. */
function tellStored(deps: PostDeps, deviceId: DeviceId, envelopeId: EnvelopeId): void {
  const message: DeviceMessage = { kind: 'stored', envelopeId }
  void deps.bus.publish(deviceTopic(deviceId), message)
}

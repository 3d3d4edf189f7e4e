/** Someone who speaks the protocol by hand, past every rule that an engine keeps. */
import {
  activeDevices,
  coSignBody,
  deriveLink,
  deviceIdOf,
  generateDhKeyPair,
  generateSignKeyPair,
  makeGenesis,
  nextBody,
  parseContactLink,
  sealEnvelope,
  signBody,
  startSession,
  toBase64url,
  verifyBundle,
  verifyChain,
  type ContactLink,
  type LinkUse,
  type MessageContent,
  type OwnDevice,
  type PeerDevice,
  type Session,
  type SignedEntry,
  type VerifiedBundle,
} from '../../../protocol/index.ts'
import type { ChainAnswer } from '../../../wire/sigchain.ts'
import type { BundleAnswer, DhPrekeyWire, KemPrekeyWire } from '../../../wire/prekeys.ts'
import { bytes, randomId } from '../core.ts'
import { fromWireEntry } from '../entries.ts'
import type { MemoryApi } from './memoryApi.ts'

export type RawDevice = OwnDevice & Pick<Parameters<typeof makeGenesis>[0], 'sign'>

const HOUR = 480_000
const NO_CAPS = new Uint8Array(0)

async function keys() {
  const [sign, dh] = await Promise.all([generateSignKeyPair(), generateDhKeyPair()])
  return { sign, dh, deviceId: await deviceIdOf(sign.publicKey, dh.publicKey) }
}

async function deviceOf(
  made: Awaited<ReturnType<typeof keys>>,
  accountId: RawDevice['accountId'],
  entries: readonly SignedEntry[],
): Promise<RawDevice> {
  const verified = await verifyChain(accountId, entries)
  if (!verified.ok) throw new Error(verified.failure)
  return { ...made, accountId, entries, chain: verified.chain }
}

export async function rawDevice(): Promise<RawDevice> {
  const made = await keys()
  const { sign, dh } = made
  const genesis = await makeGenesis({
    sign,
    dhPub: dh.publicKey,
    caps: NO_CAPS,
    hour: HOUR,
    recoveryPub: null,
  })
  return deviceOf(made, genesis.accountId, [genesis.entry])
}

/** A second Device of the same Account. */
export async function addedTo(first: RawDevice): Promise<RawDevice> {
  const made = await keys()
  const device = { signPub: made.sign.publicKey, dhPub: made.dh.publicKey, caps: NO_CAPS }
  const body = nextBody(first.chain, {
    signer: first.deviceId,
    hour: HOUR,
    operation: { name: 'add', device },
  })
  const coSignature = await coSignBody(made.sign.privateKey, body)
  const entry = { body, signature: await signBody(first.sign.privateKey, body), coSignature }
  return deviceOf(made, first.accountId, [...first.entries, entry])
}

/** The Account's Entries after `remaining` has removed `gone`. */
export async function withoutDevice(remaining: RawDevice, gone: RawDevice): Promise<readonly SignedEntry[]> {
  const operation = { name: 'revoke', deviceId: gone.deviceId, reason: 'stolen' } as const
  const body = nextBody(remaining.chain, { signer: remaining.deviceId, hour: HOUR, operation })
  return [...remaining.entries, { body, signature: await signBody(remaining.sign.privateKey, body) }]
}

/** The only Device behind a link, and a Ticket to it. */
export interface Reached {
  readonly api: MemoryApi
  readonly peer: PeerDevice
  readonly bundle: VerifiedBundle
  readonly link: LinkUse
  readonly ticket: string
}

/** @param login - a deviceId that the API knows: it takes that for a Login. */
export async function reach(api: MemoryApi, text: string, login: string): Promise<Reached> {
  const parsed = parseContactLink(text)
  if (!parsed.ok) throw new Error(parsed.failure)
  const { linkId, psk, lookup, auth } = await deriveLink(parsed.link.secret, parsed.link.kind)
  const ask = { lookup: toBase64url(lookup), auth: toBase64url(auth) }
  const headers = { Authorization: `DPoP ${login}` }
  const { ticket } = await json<{ ticket: string }>(api, 'contact-links/resolve', headers, ask)
  const { peer, bundle } = await fetchPeer(api, parsed.link, ticket)
  return { api, peer, bundle, link: { linkId, psk }, ticket }
}

async function fetchPeer(api: MemoryApi, { accountId }: ContactLink, ticket: string) {
  const account = `accounts/${toBase64url(accountId)}`
  const headers = { 'Plasma-Ticket': ticket }
  const { entries } = await json<ChainAnswer>(api, `${account}/sigchain`, headers)
  const verified = await verifyChain(accountId, entries.map(fromWireEntry))
  const [device] = verified.ok ? activeDevices(verified.chain) : []
  if (!verified.ok || !device) throw new Error('no Device')
  const devices = [toBase64url(device.deviceId)]
  const { bundles } = await json<BundleAnswer>(api, `${account}/bundles`, headers, { devices })
  const [found] = bundles
  if (!found) throw new Error('no bundle')
  const { signedPreKey, oneTime, kem } = found
  const bundle = await verifyBundle(device, {
    signedPreKey: prekeyOf(signedPreKey),
    oneTime: oneTime && prekeyOf(oneTime),
    kem: prekeyOf(kem),
  })
  if (!bundle.ok) throw new Error(bundle.failure)
  return { peer: { ...device, accountId, head: verified.chain.head }, bundle: bundle.bundle }
}

const prekeyOf = ({ prekeyId, key, hour, signature }: DhPrekeyWire | KemPrekeyWire) => ({
  prekeyId: bytes(prekeyId),
  key: bytes(key),
  hour,
  signature: bytes(signature),
})

async function json<T>(
  api: MemoryApi,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<T> {
  const method = body === undefined ? 'GET' : 'POST'
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return (await (await api.fetch(`${api.origin}/v1/${path}`, { method, headers, ...sent })).json()) as T
}

export const sessionWith = (own: RawDevice, { peer, bundle, link }: Reached, epoch = 1): Promise<Session> =>
  startSession({ own, peer, bundle, epoch, link, replyCapability: null })

/** Seals without posting: the number moves on. */
export async function sealed(own: RawDevice, { peer }: Reached, session: Session, content: Content) {
  const heads = { own: own.chain.head, peer: peer.head, ...content.heads }
  const messageId = crypto.getRandomValues(new Uint8Array(16))
  const whole = { version: 1, messageId, sentMs: Date.now(), ...content, heads } as const
  return sealEnvelope({ own, peer, session, content: whole })
}

export type Content = Pick<MessageContent, 'type' | 'body'> & {
  readonly heads?: Partial<MessageContent['heads']>
}

export async function post({ api, peer, ticket }: Reached, envelope: Uint8Array): Promise<void> {
  const deviceId = toBase64url(peer.deviceId)
  const envelopes = [
    { deviceId, envelopeId: randomId(), ephemeral: false, ciphertext: toBase64url(envelope) },
  ]
  const head = { seq: peer.head.seq, hash: toBase64url(peer.head.hash) }
  const body = { account: toBase64url(peer.accountId), head, omitted: [], envelopes }
  await json(api, 'envelopes', { 'Plasma-Ticket': ticket }, body)
}

/** A Device for tests: real keys, its Sessions in memory, and the rules that an engine follows around the protocol. */
import { generateDhKeyPair, generateSignKeyPair, randomBytes } from '#primitives'
import { equalBytes, toBase64url } from './encoding.ts'
import type { KeptPrekey, LinkUse, OwnDevice } from './handshake.ts'
import { openInitiation, startSession } from './handshake.ts'
import type { PeerDevice } from './initiation.ts'
import { verifySender } from './initiation.ts'
import { parseText, makeText } from './bodies.ts'
import { activeDevice } from './deviceList.ts'
import type { Bytes, KeyPair, SignPrivateKey } from './keys.ts'
import { makeGenesis } from './makeEntry.ts'
import type { MessageContent, OpenedContent } from './message.ts'
import { makeLastResort, makeOneTime, makeOneTimeKem, makeSignedPreKey } from './makePrekeys.ts'
import type { VerifiedBundle } from './prekeys.ts'
import { verifyBundle } from './prekeys.ts'
import { openInner, openOuter, sealEnvelope } from './seal.ts'
import type { Inner } from './seal.ts'
import { activeSession, isEpochAllowed, nextEpoch } from './sesame.ts'
import type { Session } from './session.ts'
import { encodeSession, openMessage } from './session.ts'
import { verifyChain } from './sigchain.ts'
import type { Sigchain } from './sigchain.ts'
import type { SkippedKeys } from './skipped.ts'
import { NO_SKIPPED_KEYS, encodeSkippedKey } from './skipped.ts'

export const HOUR = 480_000

/** A word of the protocol, or one of those an engine adds. */
export interface Opened {
  readonly ok: boolean
  readonly failure?: string
  readonly text?: string
}

type DhPrekey = Awaited<ReturnType<typeof makeSignedPreKey>>
type KemPrekey = Awaited<ReturnType<typeof makeLastResort>>

interface Pair {
  readonly dhPub: Bytes
  readonly chain: Sigchain
  maxEpoch: number
  seenEpoch: number
  sessions: readonly Session[]
}

export class TestDevice {
  readonly pairs = new Map<string, Pair>()
  readonly skipped = new Map<string, SkippedKeys>()
  readonly own: OwnDevice
  readonly sign: KeyPair<SignPrivateKey>
  readonly signedPreKey: DhPrekey
  readonly lastResort: KemPrekey
  oneTime: readonly DhPrekey[]
  oneTimeKem: readonly KemPrekey[]

  constructor(
    own: OwnDevice,
    sign: KeyPair<SignPrivateKey>,
    prekeys: Pick<TestDevice, 'signedPreKey' | 'lastResort' | 'oneTime' | 'oneTimeKem'>,
  ) {
    this.own = own
    this.sign = sign
    this.signedPreKey = prekeys.signedPreKey
    this.lastResort = prekeys.lastResort
    this.oneTime = prekeys.oneTime
    this.oneTimeKem = prekeys.oneTimeKem
  }

  /** Everything of a copied browser profile. */
  clone(): TestDevice {
    const copy = new TestDevice(this.own, this.sign, this)
    for (const [id, pair] of this.pairs) copy.pairs.set(id, { ...pair })
    for (const [id, keys] of this.skipped) copy.skipped.set(id, keys)
    return copy
  }

  /** The Sessions and skipped keys as an engine stores them. */
  snapshot(): readonly Bytes[] {
    const sessions = [...this.pairs.values()].flatMap((pair) => pair.sessions)
    const keys = [...this.skipped.values()].flatMap((skipped) => skipped.entries)
    return [...sessions.map((session) => encodeSession(session).symmetric), ...keys.map(encodeSkippedKey)]
  }

  async bundle(): Promise<VerifiedBundle> {
    const device = activeDevice(this.own.chain, this.own.deviceId)
    if (!device) throw new Error('not active')
    const result = await verifyBundle(device, {
      signedPreKey: this.signedPreKey.prekey,
      oneTime: this.oneTime[0]?.prekey ?? null,
      kem: (this.oneTimeKem[0] ?? this.lastResort).prekey,
    })
    if (!result.ok) throw new Error(result.failure)
    return result.bundle
  }

  /** As another's verified chain names this Device. */
  asPeer(): PeerDevice {
    const { accountId, deviceId, dh, chain } = this.own
    const caps = activeDevice(chain, deviceId)?.caps ?? new Uint8Array(0)
    return { accountId, deviceId, dhPub: dh.publicKey, caps, head: chain.head }
  }

  pairWith(peer: TestDevice): Pair {
    const id = toBase64url(peer.own.deviceId)
    const known = this.pairs.get(id)
    if (known) return known
    const { dhPub } = peer.asPeer()
    const pair: Pair = { dhPub, chain: peer.own.chain, maxEpoch: 0, seenEpoch: 0, sessions: [] }
    this.pairs.set(id, pair)
    return pair
  }

  async start(peer: TestDevice, use: { epoch?: number; link?: LinkUse } = {}): Promise<Session> {
    const pair = this.pairWith(peer)
    const epoch = use.epoch ?? nextEpoch(pair.maxEpoch, pair.seenEpoch)
    if (epoch === null) throw new Error('relink')
    const session = await startSession({
      own: this.own,
      peer: peer.asPeer(),
      bundle: await peer.bundle(),
      epoch,
      link: use.link ?? null,
      replyCapability: null,
    })
    pair.sessions = [...pair.sessions, session]
    pair.maxEpoch = epoch
    return session
  }

  /** Seals a text in the active Session, which is started when there is none. */
  async encrypt(peer: TestDevice, text: string): Promise<Bytes> {
    const session = activeSession(this.pairWith(peer).sessions) ?? (await this.start(peer))
    return this.encryptIn(session, peer, this.content(text, peer))
  }

  async encryptIn(session: Session, peer: TestDevice, content: MessageContent): Promise<Bytes> {
    const { own } = this
    const sealed = await sealEnvelope({ own, peer: peer.asPeer(), session, content })
    this.keep(this.pairWith(peer), session, sealed.session)
    return sealed.envelope
  }

  content(text: string, peer: TestDevice | null = null): MessageContent {
    const heads = { own: this.own.chain.head, peer: peer?.own.chain.head ?? null }
    const body = makeText({ conversationId: null, text })
    return { version: 1, type: 'text', messageId: randomBytes(16), sentMs: 1_790_000_000_000, heads, body }
  }

  /** Opens an Envelope as an engine does: sid before prekeys, one new Session an Initiation, nothing kept after a failure. */
  async decrypt(envelope: Bytes): Promise<Opened> {
    const layers = await this.unseal(envelope)
    if (!layers.ok) return layers
    const { inner, peer, chain } = layers
    const pair = this.pairs.get(toBase64url(inner.sender.deviceId)) ?? {
      dhPub: peer.dhPub,
      chain,
      maxEpoch: 0,
      seenEpoch: 0,
      sessions: [],
    }
    if (!isEpochAllowed(inner.epoch, pair.maxEpoch)) return { ok: false, failure: 'epoch_refused' }
    const session = pair.sessions.find((known) => equalBytes(known.sid, inner.header.sid))
    const opened = session ? await this.openIn(session, inner) : await this.openFirst(inner, peer)
    if (!opened.ok) return opened
    this.keep(pair, session ?? null, opened.session)
    this.skipped.set(toBase64url(opened.session.sid), opened.skipped)
    pair.maxEpoch = Math.max(pair.maxEpoch, inner.epoch)
    this.pairs.set(toBase64url(inner.sender.deviceId), pair)
    if (!session && inner.initiation) this.spend(inner.initiation.oneTimeId, inner.initiation.kemId)
    return { ok: true, text: textOf(opened.content) }
  }

  private async openIn(session: Session, inner: Inner) {
    const skipped = this.skipped.get(toBase64url(session.sid)) ?? NO_SKIPPED_KEYS
    return openMessage({ session, inner, skipped, hour: HOUR })
  }

  private async openFirst(inner: Inner, peer: PeerDevice) {
    const { initiation } = inner
    if (!initiation) return { ok: false, failure: 'unknown_session' } as const
    const prekeys = {
      signedPreKey: this.signedPreKey,
      oneTime: find(this.oneTime, initiation.oneTimeId),
      kem: find([...this.oneTimeKem, this.lastResort], initiation.kemId),
    }
    return openInitiation({
      own: this.own,
      peer,
      inner: { ...inner, initiation },
      prekeys,
      psk: null,
      hour: HOUR,
    })
  }

  /** Both layers, and of an Initiation the sender's chain. */
  async unseal(envelope: Bytes) {
    const outer = await openOuter({ own: this.own, envelope })
    if (!outer.ok) return outer
    const { sender, dhPubA } = outer.outer
    const known = this.pairs.get(toBase64url(sender.deviceId))
    const senderDhPub = known?.dhPub ?? dhPubA
    if (!senderDhPub) return { ok: false, failure: 'unknown_device' } as const
    const opened = await openInner({ own: this.own, outer: outer.outer, senderDhPub })
    if (!opened.ok) return opened
    const { inner } = opened
    const { initiation } = inner
    if (!initiation) return known ? { ok: true as const, inner, ...knownPeer(known, inner) } : NO_DEVICE
    const verified = await verifySender({
      sender,
      dhPub: senderDhPub,
      initiation,
      known: known?.chain ?? null,
    })
    return verified.ok ? { ok: true as const, inner, peer: verified.peer, chain: verified.chain } : verified
  }

  private keep(pair: Pair, before: Session | null, after: Session): void {
    pair.sessions = [
      ...pair.sessions.filter((session) => !before || !equalBytes(session.sid, before.sid)),
      after,
    ]
  }

  private spend(oneTimeId: Bytes | null, kemId: Bytes): void {
    this.oneTime = this.oneTime.filter(({ prekey }) => !oneTimeId || !equalBytes(prekey.prekeyId, oneTimeId))
    this.oneTimeKem = this.oneTimeKem.filter(({ prekey }) => !equalBytes(prekey.prekeyId, kemId))
  }
}

const NO_DEVICE = { ok: false, failure: 'unknown_device' } as const

function knownPeer(pair: Pair, inner: Inner): { peer: PeerDevice; chain: Sigchain } {
  const { chain, dhPub } = pair
  const caps = activeDevice(chain, inner.sender.deviceId)?.caps ?? new Uint8Array(0)
  return { peer: { ...inner.sender, dhPub, caps, head: chain.head }, chain }
}

function find<P>(prekeys: readonly KeptPrekey<P>[], id: Bytes | null): KeptPrekey<P> | null {
  return prekeys.find(({ prekey }) => id && equalBytes(prekey.prekeyId, id)) ?? null
}

function textOf(content: OpenedContent): string {
  return content.type === 'text' ? (parseText(content.body)?.text ?? '') : content.type
}

/** A new Account with one Device, and the prekeys that it would have uploaded. */
export async function makeDevice(oneTimeKeys = 3): Promise<TestDevice> {
  const sign = await generateSignKeyPair()
  const dh = await generateDhKeyPair()
  const caps = Uint8Array.of(1)
  const genesis = await makeGenesis({ sign, dhPub: dh.publicKey, caps, hour: HOUR, recoveryPub: null })
  const { accountId, deviceId, entry } = genesis
  const verified = await verifyChain(accountId, [entry])
  if (!verified.ok) throw new Error(verified.failure)
  const owner = { deviceId, sign, hour: HOUR }
  return new TestDevice({ accountId, deviceId, dh, chain: verified.chain, entries: [entry] }, sign, {
    signedPreKey: await makeSignedPreKey(owner),
    lastResort: await makeLastResort(owner),
    oneTime: await Promise.all(Array.from({ length: oneTimeKeys }, async () => makeOneTime(owner))),
    oneTimeKem: await Promise.all(Array.from({ length: oneTimeKeys }, async () => makeOneTimeKem(owner))),
  })
}

/** Two Devices that have heard of each other: one message each way. */
export async function twoDevices(): Promise<{ alice: TestDevice; bob: TestDevice }> {
  const [alice, bob] = await Promise.all([makeDevice(), makeDevice()])
  await bob.decrypt(await alice.encrypt(bob, 'hello'))
  await alice.decrypt(await bob.encrypt(alice, 'hello yourself'))
  return { alice, bob }
}

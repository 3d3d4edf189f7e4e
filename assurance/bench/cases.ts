/** The crypto figures of this product against bare WebCrypto, in whatever engine loads this. */
import {
  startSession,
  verifyBundle,
  activeDevice,
  openInitiation,
  openInner,
  openOuter,
  sealEnvelope,
} from '../../protocol/index.ts'
import { HOUR, makeDevice } from '../../protocol/testDevice.ts'
import { type End, twoEnds } from './conversation.ts'
import { type Figure, sideBySide, timed } from './measure.ts'
import {
  type BareMessage,
  bareHandshake,
  bareHandshakeKeys,
  bareOpen,
  barePair,
  bareRatchetStep,
  bareSeal,
} from './yardstick.ts'

export const ROUNDS = 7
const QUEUE = 1_000
const EXCHANGES = 200
const HANDSHAKES = 50
/** An everyday message: about 90 letters of Cyrillic. */
export const TEXT = 'Кружки вышли из печи, синяя лучше, чем я себе представляла. Заберёте в субботу до обеда?'
/** What one Envelope holds: 512 bytes in all, and the text with its frame inside. */
export const SEALED_BYTES = 430
export const INNER_BYTES = 330

/** C1: 1,000 queued messages. C3: sealing. C4: opening. Opening in order is catch-up without a database. */
export async function run(): Promise<Record<string, Figure>> {
  return {
    C3_encrypt: await sideBySide(ROUNDS, oursSeal, bareSealing),
    C1_C4_catchUp: await sideBySide(ROUNDS, oursOpen, bareOpening),
    C5_pingPong: await sideBySide(ROUNDS, oursPingPong, barePingPong),
    C6_handshake: await sideBySide(ROUNDS, oursHandshake, bareHandshaking),
  }
}

async function oursSeal(): Promise<number> {
  const { alice } = await twoEnds()
  return timed(() => sealMany(alice, QUEUE))
}

async function oursOpen(): Promise<number> {
  const { alice, bob } = await twoEnds()
  const envelopes = await sealMany(alice, QUEUE)
  return timed(async () => {
    for (const envelope of envelopes) await bob.open(envelope)
  })
}

async function sealMany(end: End, count: number) {
  const envelopes = []
  for (let i = 0; i < count; i++) envelopes.push(await end.seal(TEXT))
  return envelopes
}

async function bareSealing(): Promise<number> {
  const pair = await barePair()
  const text = new Uint8Array(SEALED_BYTES)
  return timed(async () => {
    for (let i = 0; i < QUEUE; i++) await bareSeal(pair, text, INNER_BYTES)
  })
}

async function bareOpening(): Promise<number> {
  const pair = await barePair()
  const text = new Uint8Array(SEALED_BYTES)
  const queue: BareMessage[] = []
  for (let i = 0; i < QUEUE; i++) queue.push(await bareSeal(pair, text, INNER_BYTES))
  return timed(async () => {
    for (const message of queue) await bareOpen(pair, message, INNER_BYTES)
  })
}

async function oursPingPong(): Promise<number> {
  const { alice, bob } = await twoEnds()
  return timed(async () => {
    for (let i = 0; i < EXCHANGES; i++) {
      await bob.open(await alice.seal(TEXT))
      await alice.open(await bob.seal(TEXT))
    }
  })
}

async function barePingPong(): Promise<number> {
  const pair = await barePair()
  const text = new Uint8Array(SEALED_BYTES)
  return timed(async () => {
    for (let i = 0; i < 2 * EXCHANGES; i++) {
      await bareOpen(pair, await bareSeal(pair, text, INNER_BYTES), INNER_BYTES)
      await bareRatchetStep(pair)
    }
  })
}

async function oursHandshake(): Promise<number> {
  const [alice, bob] = await Promise.all([makeDevice(), makeDevice()])
  const device = activeDevice(bob.own.chain, bob.own.deviceId)
  const [oneTime] = bob.oneTime
  const [kem] = bob.oneTimeKem
  if (!device || !oneTime || !kem) throw new Error('no prekeys')
  const published = { signedPreKey: bob.signedPreKey.prekey, oneTime: oneTime.prekey, kem: kem.prekey }
  const prekeys = { signedPreKey: bob.signedPreKey, oneTime, kem }
  return timed(async () => {
    for (let i = 0; i < HANDSHAKES; i++) {
      const bundle = await verifyBundle(device, published)
      if (!bundle.ok) throw new Error(bundle.failure)
      const started = await startSession({
        own: alice.own,
        peer: bob.asPeer(),
        bundle: bundle.bundle,
        epoch: 1,
        link: null,
        replyCapability: null,
      })
      const content = alice.content(TEXT, bob)
      const { envelope } = await sealEnvelope({
        own: alice.own,
        peer: bob.asPeer(),
        session: started,
        content,
      })
      await answer(envelope)
    }
  })

  async function answer(envelope: Uint8Array): Promise<void> {
    const outer = await openOuter({ own: bob.own, envelope })
    if (!outer.ok) throw new Error(outer.failure)
    const inner = await openInner({ own: bob.own, outer: outer.outer, senderDhPub: alice.own.dh.publicKey })
    if (!inner.ok || !inner.inner.initiation) throw new Error('not an initiation')
    const initiation = inner.inner.initiation
    const opened = await openInitiation({
      own: bob.own,
      peer: alice.asPeer(),
      inner: { ...inner.inner, initiation },
      prekeys,
      psk: null,
      hour: HOUR,
    })
    if (!opened.ok) throw new Error(opened.failure)
  }
}

async function bareHandshaking(): Promise<number> {
  const keys = await bareHandshakeKeys()
  const pair = await barePair()
  const text = new Uint8Array(4096 - 82)
  return timed(async () => {
    for (let i = 0; i < HANDSHAKES; i++) {
      await bareHandshake(keys)
      await bareOpen(pair, await bareSeal(pair, text, INNER_BYTES), INNER_BYTES)
    }
  })
}

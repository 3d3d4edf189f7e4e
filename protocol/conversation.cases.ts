/** A handshake, Ratchet messages and Envelopes made from fixed keys: the same bytes in every engine and every release of version 1. */
import { encapsulateTo, publicKeyOfSeed } from './kemFallback.ts'
import { makeText } from './bodies.ts'
import { concat, fromBase64url, toBase64url, utf8 } from './encoding.ts'
import type { OwnDevice, OwnPrekeys } from './handshake.ts'
import { openInitiation, startSessionWith } from './handshake.ts'
import { verifySender } from './initiation.ts'
import type { Bytes, DhPrivateKey, KeyPair } from './keys.ts'
import { sealAtRest } from './keys.ts'
import { activeDevice } from './deviceList.ts'
import { makeGenesis } from './makeEntry.ts'
import { makeOneTime, makeOneTimeKem, makeSignedPreKey } from './makePrekeys.ts'
import { encodeContent } from './message.ts'
import type { MessageContent } from './message.ts'
import { verifyBundle } from './prekeys.ts'
import { ratchetSeal } from './ratchet.ts'
import { openInner, openOuter, sealEnvelopeWith } from './seal.ts'
import type { Session } from './session.ts'
import { verifyChain } from './sigchain.ts'
import keys from './vectors/keys.json' with { type: 'json' }
import { generateKek, unwrapDhKey, unwrapKemKey, unwrapSignKey } from '#primitives'

const HOUR = 490_000
const AAD = Uint8Array.of(1)

type PairName = 'aliceDh' | 'bobDh' | 'signedPreKey' | 'oneTime' | 'handshake' | 'ratchet' | 'envelope'

/** Everything published: inputs that are no keys, and every value that another implementation may want to compare. */
export async function makeConversation() {
  const [alice, bob] = [await fixedDevice('alice'), await fixedDevice('bob')]
  const session = await fixedSession(alice.own, bob)
  const { own } = alice
  return {
    handshake: {
      accounts: [text(own.accountId), text(bob.own.accountId)],
      devices: [text(own.deviceId), text(bob.own.deviceId)],
      epoch: session.epoch,
      initiation: text(session.pendingInitiation),
      sid: text(session.sid),
      ad: text(session.ad),
      rootKey: text(session.ratchet.rootKey),
      chainKey: text(session.ratchet.sending?.chainKey ?? null),
      typingKey: text(session.ratchet.sending?.typingKey ?? null),
    },
    ratchet: await fixedMessages(session),
    seal: {
      frame: text(encodeContent(fixedContent(own))),
      ...(await fixedEnvelopes(own, bob.own, session)),
    },
  }
}

/** What bob reads in a first Envelope that alice's fixed keys made. */
export async function openAsBob(envelope: string) {
  const bob = await fixedDevice('bob')
  const outer = await openOuter({ own: bob.own, envelope: bytes(envelope) })
  if (!outer.ok || !outer.outer.dhPubA) return outer
  const { sender, dhPubA: dhPub } = outer.outer
  const opened = await openInner({ own: bob.own, outer: outer.outer, senderDhPub: dhPub })
  if (!opened.ok || !opened.inner.initiation) return opened
  const inner = { ...opened.inner, initiation: opened.inner.initiation }
  const verified = await verifySender({ sender, dhPub, initiation: inner.initiation, known: null })
  if (!verified.ok) return verified
  const { own, prekeys } = bob
  return openInitiation({ own, peer: verified.peer, inner, prekeys, psk: null, hour: HOUR })
}

async function fixedSession(own: OwnDevice, bob: Awaited<ReturnType<typeof fixedDevice>>): Promise<Session> {
  const { accountId, deviceId, dh, chain } = bob.own
  const device = activeDevice(chain, deviceId)
  const bundle = device && (await verifyBundle(device, bob.bundle))
  if (!device || !bundle?.ok) throw new Error('no bundle')
  const peer = { accountId, deviceId, dhPub: dh.publicKey, caps: device.caps, head: chain.head }
  const encapsulated = encapsulateTo(bundle.bundle.kem.key, bytes(keys.kemMessage))
  if (!encapsulated) throw new Error('no secret')
  return startSessionWith(
    { own, peer, bundle: bundle.bundle, epoch: 1, link: null, replyCapability: null },
    { ephemeral: await fixedPair('handshake'), ratchet: await fixedPair('ratchet'), encapsulated },
  )
}

async function fixedMessages(session: Session) {
  const messages = []
  let { ratchet } = session
  for (const plaintext of ['one', 'two', 'three']) {
    const nonce = new Uint8Array(12).fill(messages.length + 1)
    const { state, message } = await ratchetSeal(ratchet, session, utf8(plaintext), nonce)
    messages.push({ plaintext, header: text(message.header.bytes), sealed: text(message.sealed) })
    ratchet = state
  }
  return { messages, nextChainKey: text(ratchet.sending?.chainKey ?? null) }
}

async function fixedEnvelopes(own: OwnDevice, bob: OwnDevice, session: Session) {
  const peer = { deviceId: bob.deviceId, dhPub: bob.dh.publicKey }
  const nonce = new Uint8Array(12).fill(9)
  const input = { own, peer, content: fixedContent(own), ephemeral: await fixedPair('envelope'), nonce }
  const first = await sealEnvelopeWith({ ...input, session })
  const later = await sealEnvelopeWith({ ...input, session: { ...session, pendingInitiation: null } })
  return { first: text(first.envelope), later: text(later.envelope) }
}

function fixedContent(own: OwnDevice): MessageContent {
  const heads = { own: own.chain.head, peer: null }
  const body = makeText({ conversationId: null, text: 'Привет, Боб' })
  return {
    version: 1,
    type: 'text',
    messageId: new Uint8Array(16).fill(5),
    sentMs: HOUR * 3_600_000,
    heads,
    body,
  }
}

async function fixedDevice(name: 'alice' | 'bob') {
  const { seed, publicKey } = keys[`${name}Sign`]
  const sign = { publicKey: bytes(publicKey), privateKey: await fixedSignKey(seed) }
  const dh = await fixedPair(`${name}Dh`)
  const caps = Uint8Array.of(1)
  const founding = { sign, dhPub: dh.publicKey, caps, hour: HOUR, recoveryPub: null }
  const { accountId, deviceId, entry } = await makeGenesis(founding)
  const verified = await verifyChain(accountId, [entry])
  if (!verified.ok) throw new Error(verified.failure)
  const own: OwnDevice = { accountId, deviceId, dh, chain: verified.chain, entries: [entry] }
  const owner = (id: number) => ({ deviceId, sign, hour: HOUR, prekeyId: new Uint8Array(16).fill(id) })
  const kemPair = { publicKey: publicKeyOfSeed(bytes(keys.kemSeed)), privateKey: await fixedKemKey() }
  const prekeys = {
    signedPreKey: await makeSignedPreKey({ ...owner(1), pair: await fixedPair('signedPreKey') }),
    oneTime: await makeOneTime({ ...owner(2), pair: await fixedPair('oneTime') }),
    kem: await makeOneTimeKem({ ...owner(3), pair: kemPair }),
  } satisfies OwnPrekeys
  const bundle = {
    signedPreKey: prekeys.signedPreKey.prekey,
    oneTime: prekeys.oneTime.prekey,
    kem: prekeys.kem.prekey,
  }
  return { own, prekeys, bundle }
}

async function fixedPair(name: PairName): Promise<KeyPair<DhPrivateKey>> {
  const { privateKey, publicKey } = keys[name]
  const kek = await generateKek()
  const pkcs8 = concat(PKCS8_X25519, bytes(privateKey))
  const key = await unwrapDhKey(kek, AAD, await sealAtRest(kek, AAD, pkcs8))
  return { publicKey: bytes(publicKey), privateKey: key }
}

async function fixedSignKey(seed: string) {
  const kek = await generateKek()
  return unwrapSignKey(kek, AAD, await sealAtRest(kek, AAD, concat(PKCS8_ED25519, bytes(seed))))
}

async function fixedKemKey() {
  const kek = await generateKek()
  return unwrapKemKey(kek, AAD, await sealAtRest(kek, AAD, bytes(keys.kemSeed)))
}

/** What comes before the 32 bytes of a private key in PKCS #8. @see RFC 8410, section 7 */
const PKCS8_X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)
const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

function text(value: Bytes | null): string | null {
  return value && toBase64url(value)
}

function bytes(value: string): Bytes {
  const read = fromBase64url(value)
  if (!read) throw new Error('not base64url')
  return read
}

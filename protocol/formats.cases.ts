/** The formats of this protocol, made from fixed keys: the same bytes in every engine and every release of version 1. */
import { deriveLink, encodeContactLink } from './contactLink.ts'
import { concat, toBase64url, utf8 } from './encoding.ts'
import { deviceIdOf } from './entry.ts'
import type { Bytes, DhPrivateKey, KeyPair, SignPrivateKey } from './keys.ts'
import { coSignBody, makeGenesis, makeUpdate, nextBody, signBody } from './makeEntry.ts'
import { makeFreshness } from './makeFreshness.ts'
import { makeLastResort, makeOneTime } from './makePrekeys.ts'
import { safetyNumber } from './safetyNumber.ts'
import { type Sigchain, type SignedEntry, verifyChain } from './sigchain.ts'
import { generateKek, seal, unwrapSignKey } from '#primitives'

export interface Formats {
  readonly accountId: string
  readonly deviceIds: readonly string[]
  readonly entries: readonly {
    readonly body: string
    readonly signature: string
    readonly coSignature?: string
  }[]
  readonly freshness: { readonly body: string; readonly signature: string }
  readonly prekeySignatures: { readonly oneTime: string; readonly lastResort: string }
  readonly link: {
    readonly url: string
    readonly lookup: string
    readonly auth: string
    readonly id: string
    readonly psk: string
  }
  readonly safetyNumber: { readonly digits: string; readonly words: readonly number[] }
}

const HOUR = 490_000
const AAD = Uint8Array.of(1)

/** The seeds and public keys of RFC 8032, section 7.1, and the public keys of RFC 7748, section 6.1. */
const LAPTOP = {
  seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  signPub: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  dhPub: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
}
const PHONE = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  signPub: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  dhPub: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
}

interface FixedDevice {
  readonly deviceId: Bytes
  readonly sign: KeyPair<SignPrivateKey>
  readonly dhPub: Bytes
}

export async function makeFormats(): Promise<Formats> {
  const laptop = await fixedDevice(LAPTOP)
  const phone = await fixedDevice(PHONE)
  const { chain, entries } = await fixedChain(laptop, phone)
  const { body, signature } = await makeFreshness({
    accountId: chain.accountId,
    deviceId: phone.deviceId,
    sign: phone.sign,
    head: chain.head,
    hour: HOUR,
  })
  return {
    accountId: toBase64url(chain.accountId),
    deviceIds: [toBase64url(laptop.deviceId), toBase64url(phone.deviceId)],
    entries: entries.map(toText),
    freshness: { body: toBase64url(body), signature: toBase64url(signature) },
    prekeySignatures: await fixedPrekeys(phone),
    link: await fixedLink(chain.accountId),
    safetyNumber: await safetyNumber(chain.accountId, new Uint8Array(32).fill(9)),
  }
}

/** A genesis, an `add`, an `update` by the new Device and a `revoke` of the first. */
async function fixedChain(laptop: FixedDevice, phone: FixedDevice) {
  const caps = Uint8Array.of(3)
  const founding = { sign: laptop.sign, dhPub: laptop.dhPub, caps, hour: HOUR, recoveryPub: null }
  const { accountId, entry } = await makeGenesis(founding)
  const entries: SignedEntry[] = [entry]
  const device = { signPub: phone.sign.publicKey, dhPub: phone.dhPub, caps }
  const add = await signedBy(laptop, await chainOf(accountId, entries), { name: 'add', device })
  entries.push({ ...add, coSignature: await coSignBody(phone.sign.privateKey, add.body) })
  const chain = await chainOf(accountId, entries)
  entries.push(
    await makeUpdate({
      chain,
      deviceId: phone.deviceId,
      sign: phone.sign,
      caps: Uint8Array.of(7),
      hour: HOUR + 1,
    }),
  )
  const revoke = { name: 'revoke', deviceId: laptop.deviceId, reason: 'lost' } as const
  entries.push(await signedBy(phone, await chainOf(accountId, entries), revoke))
  return { chain: await chainOf(accountId, entries), entries }
}

async function signedBy(
  by: FixedDevice,
  chain: Sigchain,
  operation: Parameters<typeof nextBody>[1]['operation'],
): Promise<SignedEntry> {
  const body = nextBody(chain, { signer: by.deviceId, hour: HOUR, operation })
  return { body, signature: await signBody(by.sign.privateKey, body) }
}

async function chainOf(accountId: Bytes, entries: readonly SignedEntry[]): Promise<Sigchain> {
  const result = await verifyChain(accountId, entries)
  if (!result.ok) throw new Error(result.failure)
  return result.chain
}

async function fixedPrekeys({ deviceId, sign }: FixedDevice) {
  const owner = { deviceId, sign, hour: HOUR, prekeyId: new Uint8Array(16).fill(5) }
  const privateKey = null as unknown as DhPrivateKey
  const oneTime = await makeOneTime({ ...owner, pair: { publicKey: fromHex(LAPTOP.dhPub), privateKey } })
  const kemPair = { publicKey: new Uint8Array(1184).fill(6), privateKey: null as never }
  const lastResort = await makeLastResort({ ...owner, pair: kemPair })
  return {
    oneTime: toBase64url(oneTime.prekey.signature),
    lastResort: toBase64url(lastResort.prekey.signature),
  }
}

async function fixedLink(accountId: Bytes) {
  const secret = new Uint8Array(16).fill(7)
  const keys = await deriveLink(secret, 'one_time')
  return {
    url: encodeContactLink('https://messenger.example', { kind: 'one_time', secret, accountId }),
    lookup: toBase64url(keys.lookup),
    auth: toBase64url(keys.auth),
    id: toBase64url(keys.linkId[1]),
    psk: toBase64url(keys.psk ?? utf8('')),
  }
}

async function fixedDevice({ seed, signPub, dhPub }: typeof LAPTOP): Promise<FixedDevice> {
  const kek = await generateKek()
  const nonce = new Uint8Array(12)
  const pkcs8 = fromHex(`302e020100300506032b657004220420${seed}`)
  const privateKey = await unwrapSignKey(kek, AAD, concat(nonce, await seal(kek, nonce, AAD, pkcs8)))
  const sign = { publicKey: fromHex(signPub), privateKey }
  return { deviceId: await deviceIdOf(sign.publicKey, fromHex(dhPub)), sign, dhPub: fromHex(dhPub) }
}

function toText({ body, signature, coSignature }: SignedEntry): Formats['entries'][number] {
  const text = { body: toBase64url(body), signature: toBase64url(signature) }
  return coSignature === undefined ? text : { ...text, coSignature: toBase64url(coSignature) }
}

function fromHex(text: string): Bytes {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(i * 2, i * 2 + 2), 16),
  )
}

/** Prekeys that this Device makes, each with its private half. SPEC, section "Prekeys". */
import type { Bytes, DhPrivateKey, KemPrivateKey, KeyPair, SignPrivateKey } from './keys.ts'
import { prekeyBytes, type PrekeyKind, type SignedPrekey } from './prekeys.ts'
import { generateDhKeyPair, generateKemKeyPair, randomBytes, sign as signBytes } from '#primitives'

export interface OwnPrekey<P> {
  readonly prekey: SignedPrekey
  readonly privateKey: P
}

export interface PrekeyOwner {
  readonly deviceId: Bytes
  readonly sign: KeyPair<SignPrivateKey>
  readonly hour: number
  /** Chosen beforehand where a private half is wrapped with its id as AAD; else drawn. */
  readonly prekeyId?: Bytes
}

type DhOwner = PrekeyOwner & { readonly pair?: KeyPair<DhPrivateKey> }
type KemOwner = PrekeyOwner & { readonly pair?: KeyPair<KemPrivateKey> }

/** A new one each week; the old is kept as long as Envelopes that use it may arrive. */
export async function makeSignedPreKey(owner: DhOwner): Promise<OwnPrekey<DhPrivateKey>> {
  return signPrekey('signed', owner, owner.pair ?? (await generateDhKeyPair()))
}

export async function makeOneTime(owner: DhOwner): Promise<OwnPrekey<DhPrivateKey>> {
  return signPrekey('one_time', owner, owner.pair ?? (await generateDhKeyPair()))
}

export async function makeOneTimeKem(owner: KemOwner): Promise<OwnPrekey<KemPrivateKey>> {
  return signPrekey('one_time_kem', owner, owner.pair ?? (await generateKemKeyPair()))
}

/** Made with each signed prekey, for when the one-time ones are used up. */
export async function makeLastResort(owner: KemOwner): Promise<OwnPrekey<KemPrivateKey>> {
  return signPrekey('last_resort_kem', owner, owner.pair ?? (await generateKemKeyPair()))
}

async function signPrekey<P>(kind: PrekeyKind, owner: PrekeyOwner, pair: KeyPair<P>): Promise<OwnPrekey<P>> {
  const { deviceId, sign, hour } = owner
  const unsigned = { prekeyId: owner.prekeyId ?? randomBytes(16), key: pair.publicKey, hour }
  const signature = await signBytes(sign.privateKey, prekeyBytes(kind, deviceId, unsigned))
  return { prekey: { ...unsigned, signature }, privateKey: pair.privateKey }
}

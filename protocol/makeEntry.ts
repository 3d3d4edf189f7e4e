/**
 * Entries that this Device makes.
 *
 * Store the body before it is posted, and never sign two bodies on one `prev`: two valid ones are a fork, and an API that
 * asks for another try after a lost answer could get them.
 */
import { coSignedBytes, deviceIdOf, encodeBody, type Operation, signedBytes } from './entry.ts'
import type { Bytes, KeyPair, SignPrivateKey } from './keys.ts'
import type { Sigchain, SignedEntry } from './sigchain.ts'
import { sha256, sign as signBytes } from '#primitives'

export interface GenesisInput {
  readonly sign: KeyPair<SignPrivateKey>
  readonly dhPub: Bytes
  readonly caps: Bytes
  readonly hour: number
  readonly recoveryPub: Bytes | null
}

export interface Genesis {
  readonly accountId: Bytes
  readonly deviceId: Bytes
  readonly entry: SignedEntry
}

/** A new Account with this Device in it. */
export async function makeGenesis({ sign, dhPub, caps, hour, recoveryPub }: GenesisInput): Promise<Genesis> {
  const deviceId = await deviceIdOf(sign.publicKey, dhPub)
  const device = { signPub: sign.publicKey, dhPub, caps }
  const operation = { name: 'genesis', device, recoveryPub } as const
  const body = encodeBody({ accountId: null, seq: 0, prev: null, hour, signer: deviceId, operation })
  const entry = { body, signature: await signBody(sign.privateKey, body) }
  return { accountId: await sha256(body), deviceId, entry }
}

export interface UpdateInput {
  readonly chain: Sigchain
  readonly deviceId: Bytes
  readonly sign: KeyPair<SignPrivateKey>
  readonly caps: Bytes
  readonly hour: number
}

/** New capability bits of this Device. */
export async function makeUpdate({ chain, deviceId, sign, caps, hour }: UpdateInput): Promise<SignedEntry> {
  const body = nextBody(chain, { signer: deviceId, hour, operation: { name: 'update', caps } })
  return { body, signature: await signBody(sign.privateKey, body) }
}

export interface NextInput {
  /** null when the recovery key signs. */
  readonly signer: Bytes | null
  readonly hour: number
  readonly operation: Exclude<Operation, { readonly name: 'genesis' }>
}

/** The body that may follow `chain`. Sign it with `signBody`, or consent to it with `coSignBody`. */
export function nextBody(chain: Sigchain, { signer, hour, operation }: NextInput): Bytes {
  return encodeBody({
    accountId: chain.accountId,
    seq: chain.head.seq + 1,
    prev: chain.head.hash,
    hour: Math.max(hour, chain.hour),
    signer,
    operation,
  })
}

export async function signBody(privateKey: SignPrivateKey, body: Bytes): Promise<Bytes> {
  return signBytes(privateKey, signedBytes(body))
}

/** Consent of the Device being added, or of the others to a first recovery key. Give it before the signer signs. */
export async function coSignBody(privateKey: SignPrivateKey, body: Bytes): Promise<Bytes> {
  return signBytes(privateKey, coSignedBytes(body))
}

/** What the tests of this folder share: Devices with real keys, and the Entries they sign. */
import { compareBytes, concat } from './encoding.ts'
import { deviceIdOf, type Operation } from './entry.ts'
import type { Bytes, DhPrivateKey, KeyPair, SignPrivateKey } from './keys.ts'
import { coSignBody, makeGenesis, makeUpdate, nextBody, signBody } from './makeEntry.ts'
import {
  type ChainFailure,
  type ChainResult,
  type RevokeReason,
  type Sigchain,
  type SignedEntry,
  verifyChain,
} from './sigchain.ts'
import { generateDhKeyPair, generateSignKeyPair, sha256 } from '#primitives'

export const HOUR = 490_000
export const NO_CAPS = new Uint8Array(0)

export interface TestKeys {
  readonly deviceId: Bytes
  readonly sign: KeyPair<SignPrivateKey>
  readonly dh: KeyPair<DhPrivateKey>
}

export interface TestAccount {
  readonly chain: Sigchain
  readonly entries: readonly SignedEntry[]
  readonly device: TestKeys
}

export async function newKeys(): Promise<TestKeys> {
  const sign = await generateSignKeyPair()
  const dh = await generateDhKeyPair()
  return { deviceId: await deviceIdOf(sign.publicKey, dh.publicKey), sign, dh }
}

export async function newSignKeys(): Promise<KeyPair<SignPrivateKey>> {
  return generateSignKeyPair()
}

export async function hashOf(bytes: Bytes): Promise<Bytes> {
  return sha256(bytes)
}

/** An Account with one Device. */
export async function newAccount(recoveryPub: Bytes | null = null): Promise<TestAccount> {
  const device = await newKeys()
  const founding = { sign: device.sign, dhPub: device.dh.publicKey, caps: NO_CAPS, hour: HOUR, recoveryPub }
  const { accountId, entry } = await makeGenesis(founding)
  return { chain: await verified(accountId, [entry]), entries: [entry], device }
}

/** The chain of these Entries, or a failing test. */
export async function verified(accountId: Bytes, entries: readonly SignedEntry[]): Promise<Sigchain> {
  const result = await verifyChain(accountId, entries)
  if (!result.ok) throw new Error(result.failure)
  return result.chain
}

/** The Account with one Entry more. */
export async function grown(account: TestAccount, entry: SignedEntry): Promise<TestAccount> {
  const entries = [...account.entries, entry]
  return { ...account, entries, chain: await verified(account.chain.accountId, entries) }
}

export function keysOf(device: TestKeys) {
  return { signPub: device.sign.publicKey, dhPub: device.dh.publicKey, caps: NO_CAPS }
}

type NextOperation = Exclude<Operation, { readonly name: 'genesis' }>

export async function signed(
  chain: Sigchain,
  by: TestKeys,
  operation: NextOperation,
  hour = HOUR,
): Promise<SignedEntry> {
  const body = nextBody(chain, { signer: by.deviceId, hour, operation })
  return { body, signature: await signBody(by.sign.privateKey, body) }
}

export async function adds(chain: Sigchain, by: TestKeys, device: TestKeys): Promise<SignedEntry> {
  const entry = await signed(chain, by, { name: 'add', device: keysOf(device) })
  return { ...entry, coSignature: await coSignBody(device.sign.privateKey, entry.body) }
}

export async function revokes(
  chain: Sigchain,
  by: TestKeys,
  target: TestKeys,
  reason: Exclude<RevokeReason, 'recovered'> = 'removed',
): Promise<SignedEntry> {
  return signed(chain, by, { name: 'revoke', deviceId: target.deviceId, reason })
}

export async function recovers(
  chain: Sigchain,
  recovery: KeyPair<SignPrivateKey>,
  device: TestKeys,
  recoveryPub: Bytes | null = null,
): Promise<SignedEntry> {
  const operation = { name: 'recover', device: keysOf(device), recoveryPub } as const
  const body = nextBody(chain, { signer: null, hour: HOUR, operation })
  return {
    body,
    signature: await signBody(recovery.privateKey, body),
    coSignature: await coSignBody(device.sign.privateKey, body),
  }
}

/** A first recovery key: `by` signs, `others` consent. */
export async function setsRecovery(
  chain: Sigchain,
  by: TestKeys,
  others: readonly TestKeys[],
  recoveryPub: Bytes,
): Promise<SignedEntry> {
  const entry = await signed(chain, by, { name: 'set-recovery', recoveryPub })
  if (others.length === 0) return entry
  const consents: Bytes[] = []
  for (const other of others.toSorted((a, b) => compareBytes(a.deviceId, b.deviceId))) {
    consents.push(await coSignBody(other.sign.privateKey, entry.body))
  }
  return { ...entry, coSignature: concat(...consents) }
}

export function flipBit(bytes: Bytes, bit: number): Bytes {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
}

export async function withPhone(): Promise<{ alice: TestAccount; phone: TestKeys }> {
  const alice = await newAccount()
  const phone = await newKeys()
  return { alice: await grown(alice, await adds(alice.chain, alice.device, phone)), phone }
}

export function updateOf(chain: Sigchain, by: TestKeys, caps: Bytes): Promise<SignedEntry> {
  return makeUpdate({ chain, deviceId: by.deviceId, sign: by.sign, caps, hour: HOUR })
}

export function chainOf(result: ChainResult): Sigchain {
  if (!result.ok) throw new Error(result.failure)
  return result.chain
}

export function refused(failure: ChainFailure) {
  return { ok: false, failure }
}

/** A Sigchain at the API: verified before it is stored, though no client relies on that. */
import { createHash } from 'node:crypto'
import {
  activeDevices,
  decodeBody,
  extendChain,
  verifyChain,
  type Sigchain,
  type SignedEntry,
} from '../../protocol/verify.ts'
import type { AccountId } from '../../wire/ids.ts'
import type { SigchainEntry } from '../../wire/sigchain.ts'
import type { Devices } from '../devices/index.ts'
import type { Sql } from '../db/sql.ts'
import { problem } from '../http/problem.ts'
import type { Prekeys } from '../prekeys/index.ts'
import { insertEntry, moveHead, selectEntries } from './sql.ts'

export interface AppendDeps {
  readonly sql: Sql
  readonly devices: Pick<Devices, 'add' | 'revoke' | 'announceRevoked'>
  readonly prekeys: Pick<Prekeys, 'forget'>
}

/** @throws Problem `invalid_entry` for a genesis that does not hold. */
export async function verifyGenesis(entry: SigchainEntry): Promise<Sigchain> {
  const signed = signedEntryOf(entry)
  const result = await verifyChain(new Uint8Array(createHash('sha256').update(signed.body).digest()), [
    signed,
  ])
  if (!result.ok || result.chain.suspended) throw problem('invalid_entry', { where: ['genesis'] })
  return result.chain
}

export async function readChain(sql: Sql, accountId: string): Promise<Sigchain> {
  const entries = await selectEntries(sql, accountId, -1)
  const result = await verifyChain(bytesOf(accountId), entries.map(signedEntryOf))
  if (!result.ok) throw new Error(`a stored Sigchain does not verify: ${result.failure}`)
  return result.chain
}

/**
 * Appends by compare-and-swap; the same Entry again changes nothing. What it revokes has ended when this resolves.
 *
 * @throws Problem `head_moved` with the Entries from the posted one's place on; `invalid_entry`
 */
export async function appendEntry(
  deps: AppendDeps,
  accountId: AccountId,
  entry: SigchainEntry,
): Promise<void> {
  const chain = await readChain(deps.sql, accountId)
  const signed = signedEntryOf(entry)
  const result = await extendChain(chain, [signed])
  if (!result.ok && result.failure === 'fork') throw await headMoved(deps.sql, accountId, signed)
  if (!result.ok || result.chain.suspended) throw problem('invalid_entry', { where: ['entry'] })
  if (result.chain.head.seq === chain.head.seq) return
  const revoked = await store(deps, chain, result.chain, entry)
  if (revoked === null) throw await headMoved(deps.sql, accountId, signed)
  await deps.devices.announceRevoked(revoked)
}

/** @returns the Devices that it revoked, or null when another Entry came first. */
async function store(
  deps: AppendDeps,
  from: Sigchain,
  to: Sigchain,
  entry: SigchainEntry,
): Promise<string[] | null> {
  const accountId = textOf(to.accountId)
  const before = activeDevices(from)
  const after = activeDevices(to)
  const revoked = without(before, after).map(({ deviceId }) => textOf(deviceId))
  return deps.sql.transaction(async (tx) => {
    const head = { seq: to.head.seq, hash: textOf(to.head.hash) }
    if (!(await moveHead(tx, accountId, from.head.seq, head))) return null
    await insertEntry(tx, accountId, head.seq, entry)
    for (const { deviceId, signPub } of without(after, before)) {
      const isNew = await deps.devices.add(tx, { deviceId: textOf(deviceId), accountId, signPub, jkt: null })
      if (!isNew) throw problem('invalid_entry', { where: ['entry'] })
    }
    if (revoked.length > 0) {
      await deps.devices.revoke(tx, revoked)
      await deps.prekeys.forget(tx, revoked)
    }
    return revoked
  })
}

type ListedDevice = ReturnType<typeof activeDevices>[number]

function without(devices: readonly ListedDevice[], others: readonly ListedDevice[]): readonly ListedDevice[] {
  const ids = new Set(others.map(({ deviceId }) => textOf(deviceId)))
  return devices.filter(({ deviceId }) => !ids.has(textOf(deviceId)))
}

async function headMoved(sql: Sql, accountId: string, entry: SignedEntry) {
  const decoded = decodeBody(entry.body)
  const seq = decoded.ok ? decoded.body.seq : 0
  return problem('head_moved', { fields: { entries: await selectEntries(sql, accountId, seq - 1) } })
}

export function signedEntryOf({ body, signature, coSignature }: SigchainEntry): SignedEntry {
  const signed = { body: bytesOf(body), signature: bytesOf(signature) }
  return coSignature === undefined ? signed : { ...signed, coSignature: bytesOf(coSignature) }
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'))
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

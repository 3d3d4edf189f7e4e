/** Sigchain Entries and statements between their bytes and their form on the wire. */
import { toBase64url, type SignedEntry } from '../../protocol/index.ts'
import type { FreshnessStatement, SigchainEntry } from '../../wire/sigchain.ts'
import { brand, bytes } from './core.ts'

export function toWireEntry(entry: SignedEntry): SigchainEntry {
  return {
    body: toBase64url(entry.body),
    signature: brand(toBase64url(entry.signature)),
    ...(entry.coSignature
      ? { coSignature: brand<SigchainEntry['signature']>(toBase64url(entry.coSignature)) }
      : {}),
  }
}

export function fromWireEntry(entry: SigchainEntry): SignedEntry {
  return {
    body: bytes(entry.body),
    signature: bytes(entry.signature),
    ...(entry.coSignature ? { coSignature: bytes(entry.coSignature) } : {}),
  }
}

export const toWireStatement = (statement: {
  body: Uint8Array
  signature: Uint8Array
}): FreshnessStatement => ({
  body: toBase64url(statement.body),
  signature: brand(toBase64url(statement.signature)),
})

export const fromWireStatement = (statement: FreshnessStatement) => ({
  body: bytes(statement.body),
  signature: bytes(statement.signature),
})

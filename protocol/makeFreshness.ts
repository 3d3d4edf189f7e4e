/** Freshness statements that this Device makes. SPEC, section "Freshness". */
import { encodeStatement, type FreshnessStatement, type StatedHead, statementBytes } from './freshness.ts'
import type { KeyPair, SignPrivateKey } from './keys.ts'
import { sign as signBytes } from '#primitives'

export type FreshnessInput = StatedHead & { readonly sign: KeyPair<SignPrivateKey> }

/** @param input - `head` is that of the Device's own verified chain. */
export async function makeFreshness(input: FreshnessInput): Promise<FreshnessStatement> {
  const body = encodeStatement(input)
  return { body, signature: await signBytes(input.sign.privateKey, statementBytes(body)) }
}

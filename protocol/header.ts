/** The header of a Ratchet message: version 1 ‖ flags 1 ‖ sid 16 ‖ dhPub 32 ‖ pn 4 ‖ n 4. SPEC, section "Header". */
import { concat } from './encoding.ts'
import type { Bytes } from './keys.ts'

export const HEADER_BYTES = 58

/** Flag bit 0. */
const TYPING = 1

export interface Header {
  readonly sid: Bytes
  /** The sender's Ratchet key, 32 bytes, not yet looked at. */
  readonly dhPub: Bytes
  /** Messages in the sender's previous chain. */
  readonly pn: number
  /** Number of this message in its chain, from 0. */
  readonly n: number
  /** Sealed by the chain's typing key: moves no number. */
  readonly typing: boolean
  /** As received: what the tag covers. */
  readonly bytes: Bytes
}

export type HeaderResult =
  | { readonly ok: true; readonly header: Header }
  | { readonly ok: false; readonly failure: 'unknown_version' | 'bad_encoding' }

export function makeHeader(fields: Omit<Header, 'bytes' | 'typing'>, typing = false): Header {
  const counters = new Uint8Array(8)
  const view = new DataView(counters.buffer)
  view.setUint32(0, fields.pn)
  view.setUint32(4, fields.n)
  return {
    ...fields,
    typing,
    bytes: concat(Uint8Array.of(1, typing ? TYPING : 0), fields.sid, fields.dhPub, counters),
  }
}

/** Reads the first 58 bytes. The other flags are reserved, one for the post-quantum step: a set one is a later version. */
export function parseHeader(bytes: Bytes): HeaderResult {
  if (bytes.length < HEADER_BYTES) return { ok: false, failure: 'bad_encoding' }
  if (bytes[0] !== 1 || (bytes[1] !== 0 && bytes[1] !== TYPING))
    return { ok: false, failure: 'unknown_version' }
  const own = bytes.slice(0, HEADER_BYTES)
  const view = new DataView(own.buffer)
  const header = {
    sid: own.subarray(2, 18),
    dhPub: own.subarray(18, 50),
    pn: view.getUint32(50),
    n: view.getUint32(54),
    typing: own[1] === TYPING,
    bytes: own,
  }
  return { ok: true, header }
}

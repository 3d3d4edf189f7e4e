/** Plain values as bytes, before they are sealed: JSON in which byte strings keep their kind. */
import { fromBase64url, toBase64url } from '../../../protocol/index.ts'

const BYTES = '$bytes'

export function toPlain(value: unknown): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? { [BYTES]: toBase64url(item) } : item,
  )
  return new TextEncoder().encode(text)
}

export function fromPlain(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes), (_key, item: unknown) => {
    if (typeof item !== 'object' || item === null || !(BYTES in item)) return item
    return fromBase64url(String(item[BYTES]))
  }) as unknown
}

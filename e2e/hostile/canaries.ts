/** Finds a secret in bytes it must not be in, in every dress a leak usually wears. */

/** What a canary may look like: raw, hex, base64 and base64url at three alignments, UTF-16, JSON-escaped. */
export function disguises(canary: Uint8Array): readonly Buffer[] {
  const raw = Buffer.from(canary)
  const text = raw.toString('utf8')
  const dresses = [
    raw,
    Buffer.from(raw.toString('hex')),
    Buffer.from(raw.toString('hex').toUpperCase()),
    ...['base64', 'base64url'].flatMap((encoding) => base64Cores(raw, encoding as BufferEncoding)),
    Buffer.from(text, 'utf16le'),
    Buffer.from(
      JSON.stringify(text)
        .slice(1, -1)
        .replace(/[^\x20-\x7e]/g, escapeUnit),
    ),
  ]
  return dresses.filter((dress) => dress.length >= 8)
}

/** Names of the sources that hold the canary in any dress. */
export function findCanary(canary: Uint8Array, sources: ReadonlyMap<string, Buffer>): readonly string[] {
  const dresses = disguises(canary)
  return [...sources]
    .filter(([, bytes]) => dresses.some((dress) => bytes.includes(dress)))
    .map(([name]) => name)
}

/** The part of the encoding that does not depend on the bytes before and after. */
function base64Cores(raw: Buffer, encoding: BufferEncoding): readonly Buffer[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), raw])
      .toString(encoding)
      .replace(/=+$/, '')
    const start = Math.ceil((shift * 4) / 3)
    const end = Math.floor(((shift + raw.length) * 8) / 6)
    return Buffer.from(encoded.slice(start, end))
  })
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

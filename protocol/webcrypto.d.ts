/**
 * The globals that protocol code may name, and no others: with `lib` es2023 alone a `fetch`, a `document` or an
 * `indexedDB` in this folder does not compile. Programs that include this folder through an import see their own.
 */
declare const crypto: {
  getRandomValues(into: Uint8Array): Uint8Array
  readonly subtle: unknown
}

declare class TextEncoder {
  encode(text: string): Uint8Array
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true })
  decode(bytes: Uint8Array): string
}

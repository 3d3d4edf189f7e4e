import { describe, expect, test } from 'vitest'
import { isDhPublicKey, isSignature, isSignPublicKey } from './points.ts'
import { newKeys } from './testing.ts'
import ed25519 from './vectors/ed25519.json' with { type: 'json' }
import x25519 from './vectors/x25519.json' with { type: 'json' }

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))

describe('before an engine sees it', () => {
  test.each(x25519.refused)('an X25519 key is refused: $why', ({ publicKey }) => {
    expect(isDhPublicKey(bytes(publicKey))).toBe(false)
  })

  test.each(ed25519.refusedKeys)('an Ed25519 key is refused: $why', ({ publicKey }) => {
    expect(isSignPublicKey(bytes(publicKey))).toBe(false)
  })

  test.each([
    ['S = L', 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', false],
    ['S = L - 1', 'ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', true],
    ['S = 2^256 - 1', 'ff'.repeat(32), false],
  ])('a signature with %s is looked at: %s, %s', (_, s, looked) => {
    expect(isSignature(bytes('00'.repeat(32) + s))).toBe(looked)
  })

  test('generated keys are taken, also where they lie inside other bytes', async () => {
    for (let i = 0; i < 20; i++) {
      const { sign, dh } = await newKeys()
      const inside = Uint8Array.of(1, 2, 3, ...dh.publicKey, 4).subarray(3, 35)
      expect([isSignPublicKey(sign.publicKey), isDhPublicKey(dh.publicKey), isDhPublicKey(inside)]).toEqual([
        true,
        true,
        true,
      ])
    }
  })
})

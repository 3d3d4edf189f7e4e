/**
 * Writes our own vectors: `npx tsx protocol/vectors/make.ts keys`, then the same without `keys`.
 *
 * The keys are hashes of their names, so that a second run writes the same files. New bytes are a new version of the protocol.
 */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'

const PAIRS = ['aliceDh', 'bobDh', 'signedPreKey', 'oneTime', 'handshake', 'ratchet', 'envelope'] as const

if (process.argv[2] === 'keys') write('keys', makeKeys())
else {
  const { makeConversation } = await import('../conversation.cases.ts')
  for (const [name, value] of Object.entries(await makeConversation())) write(name, value)
}

function makeKeys(): object {
  const pairs = PAIRS.map((name) => [
    name,
    { privateKey: hash(name), publicKey: publicOf(hash(name), 'X25519') },
  ])
  const signing = ['aliceSign', 'bobSign'].map((name) => [
    name,
    { seed: hash(name), publicKey: publicOf(hash(name), 'Ed25519') },
  ])
  const kemSeed = createHash('sha512').update('plasma vector kem').digest('base64url')
  return { ...Object.fromEntries([...pairs, ...signing]), kemSeed, kemMessage: hash('kemMessage') }
}

function hash(name: string): string {
  return createHash('sha256').update(`plasma vector ${name}`).digest('base64url')
}

function publicOf(seed: string, curve: 'X25519' | 'Ed25519'): string {
  const algorithm = curve === 'X25519' ? '6e' : '70'
  const pkcs8 = Buffer.concat([
    Buffer.from(`302e020100300506032b65${algorithm}04220420`, 'hex'),
    Buffer.from(seed, 'base64url'),
  ])
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }))
  return key.export({ format: 'jwk' }).x ?? ''
}

function write(name: string, value: unknown): void {
  const path = new URL(`${name}.json`, import.meta.url)
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

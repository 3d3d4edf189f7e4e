/** `npm run bench -- crypto`: Chromium against bare WebCrypto, Node against synchronous node:crypto, and the framing. */
import { fileURLToPath } from 'node:url'
import { encode } from '../../protocol/index.ts'
import { INNER_BYTES, ROUNDS, SEALED_BYTES, TEXT } from './cases.ts'
import { twoEnds } from './conversation.ts'
import { type Figure, sideBySide, timed } from './measure.ts'
import { runInChromium } from './page.ts'
import { bareNodeOpen, bareNodePair, bareNodeSeal } from './yardstick.node.ts'

const QUEUE = 1_000

/** What each figure may be at the most: ours / bare, so 1.25 stands for "at least 0.8 of bare". */
const GOALS: Readonly<Record<string, number>> = {
  C1_C4_catchUp: 1.25,
  C3_encrypt: 1.25,
  C5_pingPong: 1.25,
  C6_handshake: 1.25,
  C9_node: 1 / 0.6,
}

export async function benchCrypto(): Promise<object> {
  const chromium = (await runInChromium(fileURLToPath(new URL('cases.ts', import.meta.url)))) as Record<
    string,
    Figure
  >
  const figures = { ...chromium, C9_node: await sideBySide(ROUNDS, oursInNode, bareInNode) }
  const framing = await framingBytes()
  const met = Object.fromEntries([
    ...Object.entries(figures).map(([name, figure]) => [name, figure.ratio <= (GOALS[name] ?? 0)]),
    ['C8_framing', framing <= 220],
  ])
  return { bench: 'crypto', figures, C8_framing: framing, goals: { ...GOALS, C8_framing: 220 }, met }
}

async function oursInNode(): Promise<number> {
  const { alice, bob } = await twoEnds()
  return timed(async () => {
    for (let i = 0; i < QUEUE; i++) await bob.open(await alice.seal(TEXT))
  })
}

async function bareInNode(): Promise<number> {
  const pair = bareNodePair()
  const text = Buffer.alloc(SEALED_BYTES)
  return timed(() => {
    for (let i = 0; i < QUEUE; i++) bareNodeOpen(pair, bareNodeSeal(pair, text, INNER_BYTES), INNER_BYTES)
  })
}

/** The largest text that still fits a 512-byte Envelope tells what everything around its body costs. */
async function framingBytes(): Promise<number> {
  const { alice } = await twoEnds()
  let letters = 0
  while ((await alice.seal('x'.repeat(letters + 1))).length === 512) letters += 1
  const { alice: fresh, bob } = await twoEnds()
  const { version, messageId, sentMs, heads, body } = fresh.device.content('x'.repeat(letters), bob.device)
  const head = (seq: number, hash: Uint8Array) => [seq, hash]
  const plaintext = encode([
    version,
    0,
    messageId,
    sentMs,
    [head(heads.own.seq, heads.own.hash), heads.peer && head(heads.peer.seq, heads.peer.hash)],
    body,
  ])
  return 512 - plaintext.length
}

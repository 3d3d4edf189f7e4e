/** That somebody is typing: sealed like a Message, but by a key of the chain that uses up no number. SPEC, section "Typing". */
import { generateDhKeyPair, importSealKey, open, randomBytes, seal } from '#primitives'
import { EncodingError, concat, decode, encode } from './encoding.ts'
import { makeHeader } from './header.ts'
import type { Bytes } from './keys.ts'
import { NONCE_BYTES } from './keys.ts'
import { unpad } from './padding.ts'
import type { RatchetMessage } from './ratchet.ts'
import { receivingTypingKey } from './ratchet.ts'
import type { SealInput } from './seal.ts'
import { sealAround } from './seal.ts'
import type { Session, SessionMessage } from './session.ts'
import { isOfSession } from './session.ts'
import { asTuple, asUint } from './shape.ts'

/**
 * An Envelope for a recipient who is there now; the API never stores it. The Session does not move.
 *
 * @returns null while the Session is not answered: strangers are not told.
 */
export async function sealTyping(
  input: Omit<SealInput, 'ephemeral'> & { readonly sentMs: number },
): Promise<Bytes | null> {
  const { session, sentMs } = input
  const { sending, pair, previous } = session.ratchet
  if (!sending || session.pendingInitiation) return null
  const header = makeHeader({ sid: session.sid, dhPub: pair.publicKey, pn: previous, n: sending.n }, true)
  const ephemeral = generateDhKeyPair()
  const { envelope } = await sealAround({ ...input, ephemeral }, encode([1, sentMs]), async (text) => {
    const nonce = randomBytes(NONCE_BYTES)
    const key = await importSealKey(sending.typingKey)
    const sealed = await seal(key, nonce, concat(session.ad, header.bytes), text)
    return { message: { header, sealed: concat(nonce, sealed) } satisfies RatchetMessage }
  })
  return envelope
}

export type TypingResult =
  | { readonly ok: true; readonly sentMs: number }
  | { readonly ok: false; readonly failure: 'forged' }

/**
 * Opens typing in its Session, which stays as it is whatever comes out.
 *
 * @param inner - from `openInner`, with `header.typing`.
 * @returns `sentMs` by the sender's clock: older than `MAX_TYPING_AGE_MS` is ignored.
 */
export async function openTyping(input: {
  readonly session: Session
  readonly inner: SessionMessage
}): Promise<TypingResult> {
  const { session, inner } = input
  const { header, sealed } = inner
  if (!header.typing || !isOfSession(session, inner)) return FORGED
  const bytes = await receivingTypingKey(session.ratchet, header.dhPub)
  if (!bytes) return FORGED
  const key = await importSealKey(bytes)
  const aad = concat(session.ad, header.bytes)
  const text = await open(key, sealed.subarray(0, NONCE_BYTES), aad, sealed.subarray(NONCE_BYTES))
  const frame = text && unpad(text)
  const sentMs = frame && parseFrame(frame)
  return sentMs === null ? FORGED : { ok: true, sentMs }
}

const FORGED: TypingResult = { ok: false, failure: 'forged' }

function parseFrame(frame: Bytes): number | null {
  try {
    const fields = asTuple(decode(frame), 2)
    return fields?.[0] === 1 ? asUint(fields[1]) : null
  } catch (error) {
    if (error instanceof EncodingError) return null
    throw error
  }
}

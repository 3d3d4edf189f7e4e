/** The id of the Envelope that answers a retry: both sides derive it, so that it replaces what did not open, in place. */
import { concat, sha256, toBase64url, utf8 } from '../../protocol/index.ts'

const LABEL = utf8('plasma/1/resend')

/**
 * @param sid - from inside the outer seal, so that the API cannot tell which Envelope this one repeats.
 * @param envelopeId - of the Envelope that did not open.
 */
export async function resendId(sid: Uint8Array, envelopeId: Uint8Array): Promise<string> {
  return toBase64url((await sha256(concat(LABEL, sid, envelopeId))).slice(0, 16))
}

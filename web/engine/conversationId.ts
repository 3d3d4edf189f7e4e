/** The id of a Conversation on this Device: stands in addresses and history, and names no Account. */
import { concat, sha256, toBase64url, utf8 } from '../../protocol/index.ts'

const LABEL = utf8('plasma/1/conversation')

export async function conversationIdOf(own: Uint8Array, peer: Uint8Array): Promise<string> {
  return toBase64url((await sha256(concat(LABEL, own, peer))).slice(0, 16))
}

/** Envelopes that left the Mailbox unread: said openly in every conversation they may have belonged to. */
import { changed, type Core } from './core.ts'
import { nextOrder } from './send.ts'
import { keysOf } from './signal.ts'
import type { MessageRecord } from './store/messages.ts'
import { change } from './store/store.ts'

export async function takeGap(
  core: Core,
  gap: { readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const contacts = (await core.store.contacts.list()).filter(({ value }) => value.kind === 'contact')
  for (const { key: conversationId } of contacts) {
    await change(core.store, async () => {
      const key = `${conversationId}.g.${gap.fromMs}`
      if (await core.store.messages.get(key)) return { writes: [], result: null }
      const record: MessageRecord = {
        key,
        conversationId,
        messageId: '',
        own: false,
        kind: 'gap',
        text: '',
        sentMs: gap.fromMs,
        receivedMs: gap.toMs,
        order: await nextOrder(core, conversationId),
        unread: false,
        state: 'with_server',
        failure: null,
        devices: [],
        fromDevice: null,
      }
      return { writes: [await core.store.messages.put(key, record, null)], result: null }
    })
    changed(core, ...keysOf(conversationId))
  }
}

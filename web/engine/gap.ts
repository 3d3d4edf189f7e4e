/** Envelopes that left the Mailbox unread: said openly in every conversation they may have belonged to. */
import { changed, type Core } from './core.ts'
import { nextOrder } from './send.ts'
import { keysOf } from './signal.ts'
import { everyOrder, type MessageRecord } from './store/messages.ts'
import type { Write } from './store/port.ts'
import { change } from './store/store.ts'
import type { Held } from './store/table.ts'

interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

export async function takeGap(core: Core, gap: Gap): Promise<void> {
  const contacts = (await core.store.contacts.list()).filter(({ value }) => value.kind === 'contact')
  for (const { key: conversationId } of contacts) {
    await change(core.store, async () => {
      const [newest] = await core.store.messages.list({ ...everyOrder(conversationId), limit: 1 })
      // Nothing stands between the two: one line says it.
      if (newest?.value.kind === 'gap') return { writes: await widened(core, newest, gap), result: null }
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

async function widened(core: Core, held: Held<MessageRecord>, gap: Gap): Promise<readonly Write[]> {
  const { key, value } = held
  const sentMs = Math.min(value.sentMs, gap.fromMs)
  const receivedMs = Math.max(value.receivedMs, gap.toMs)
  if (sentMs === value.sentMs && receivedMs === value.receivedMs) return []
  return [await core.store.messages.put(key, { ...value, sentMs, receivedMs }, held)]
}

/** What changed, told to every tab of the profile; and what the leader must know from them. */
import type { AppSnapshot, QueryKey } from './read.ts'

export interface Status {
  readonly connection: AppSnapshot['connection']
  readonly caughtUp: boolean
}

export type Signal =
  | { readonly type: 'changed'; readonly keys: readonly QueryKey[] }
  /** There is something in the Outbox, or something to publish. */
  | { readonly type: 'wake' }
  | { readonly type: 'status'; readonly status: Status }
  /** A tab that just started asks the leader for its status. */
  | { readonly type: 'ask_status' }
  /** The database was erased, or another Account moved in: start again. */
  | { readonly type: 'restart' }

export interface Signals {
  send(signal: Signal): void
  /** Gets the signals of this engine and of the other tabs alike. @returns how to stop. */
  listen(listener: (signal: Signal) => void): () => void
  close(): void
}

export function createSignals(channel: BroadcastChannel): Signals {
  const listeners = new Set<(signal: Signal) => void>()
  const tell = (signal: Signal) => {
    for (const listener of listeners) listener(signal)
  }
  channel.onmessage = (event: MessageEvent<Signal>) => tell(event.data)
  return {
    send(signal) {
      channel.postMessage(signal)
      tell(signal)
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      channel.onmessage = null
      listeners.clear()
      channel.close()
    },
  }
}

/** Everything that shows something of a Conversation. */
export const keysOf = (conversationId: string): readonly QueryKey[] => [
  `conversation:${conversationId}`,
  'conversations',
  'requests',
  'app',
]

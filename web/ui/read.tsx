/** The engine's two doors for components: `useSnapshot` reads, `useEngine` writes. */
import { createContext, use, useCallback, useSyncExternalStore, type ReactNode } from 'react'
import type { Door } from '../engine/door.ts'
import type { Engine } from '../engine/engine.ts'
import type { ConversationRow, ConversationSnapshot, LinkRow, QueryKey, Snapshot } from '../engine/read.ts'

const DoorContext = createContext<Door | null>(null)

export function DoorProvider({ door, children }: { door: Door; children: ReactNode }) {
  return <DoorContext value={door}>{children}</DoorContext>
}

export function useEngine(): Engine {
  return useDoor().engine
}

/** Undefined until the first snapshot has come. */
export function useSnapshot<K extends QueryKey>(key: K): Snapshot<K> | undefined {
  const door = useDoor()
  const subscribe = useCallback((listener: () => void) => door.subscribe(key, listener), [door, key])
  return useSyncExternalStore(subscribe, () => door.read(key))
}

export const useApp = () => useSnapshot('app')
export const useConversations = (): readonly ConversationRow[] | undefined => useSnapshot('conversations')
export const useRequests = (): readonly ConversationRow[] | undefined => useSnapshot('requests')
export const useLinks = (): readonly LinkRow[] | undefined => useSnapshot('links')

/** Null when this Device has no such Conversation. */
export function useConversation(conversationId: string): ConversationSnapshot | null | undefined {
  return useSnapshot(`conversation:${conversationId}`)
}

function useDoor(): Door {
  const door = use(DoorContext)
  if (door === null) throw new Error('DoorProvider is missing')
  return door
}

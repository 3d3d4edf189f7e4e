/** Web Locks by name: one holder in the whole browser profile, whichever tab or service worker it runs in. */

export interface Locks {
  /** Waits for its turn. */
  hold<T>(name: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** @returns null at once when someone else holds it. */
  tryHold<T>(name: string, use: () => Promise<T>): Promise<T | null>
  /** Several at once, in the order of their names, so that two holders cannot wait for each other. */
  holdAll<T>(names: readonly string[], use: () => Promise<T>): Promise<T>
}

/** @param scope - what the names belong to: one database. */
export function createLocks(manager: LockManager, scope: string): Locks {
  const nameOf = (name: string) => `${scope}/${name}`
  const hold = async <T>(name: string, use: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    (await manager.request(nameOf(name), signal ? { signal } : {}, use)) as T
  const holdAll = <T>(names: readonly string[], use: () => Promise<T>): Promise<T> => {
    const [first, ...rest] = [...new Set(names)].sort()
    return first === undefined ? use() : hold(first, () => holdAll(rest, use))
  }
  return {
    hold,
    holdAll,
    async tryHold<T>(name: string, use: () => Promise<T>): Promise<T | null> {
      return (await manager.request(nameOf(name), { ifAvailable: true }, async (lock) =>
        lock ? use() : null,
      )) as T | null
    },
  }
}

/** Guards the Sessions with one Device of another Account. */
export const peerLock = (deviceId: string): string => `peer/${deviceId}`

/** Guards the order in which one conversation's Messages are written. */
export const composeLock = (conversationId: string): string => `compose/${conversationId}`

/** One value that changes outside React, in the shape `useSyncExternalStore` takes. */
export interface ValueBox<V> {
  read(this: void): V
  write(this: void, value: V): void
  subscribe(this: void, listener: () => void): () => void
}

export function valueBox<V>(first: V): ValueBox<V> {
  let current = first
  const listeners = new Set<() => void>()
  return {
    read: () => current,
    write(value) {
      current = value
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

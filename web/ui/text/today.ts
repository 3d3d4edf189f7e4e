/** The day it is, as the moment it began: dates in words («вчера») turn over at midnight without a reload. */
import { useSyncExternalStore } from 'react'

/** Nobody waits for a date more precisely than this. */
const LOOK_MS = 60_000

export function useToday(): number {
  return useSyncExternalStore(watchClock, startOfToday)
}

function startOfToday(): number {
  return new Date().setHours(0, 0, 0, 0)
}

function watchClock(listener: () => void): () => void {
  const timer = setInterval(listener, LOOK_MS)
  document.addEventListener('visibilitychange', listener)
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', listener)
  }
}

/** Whether a Device is active, remembered for at most a second: every request with a Login asks. */
import * as z from 'zod/mini'
import type { Bus } from '../bus/bus.ts'

const KEPT_MS = 1000
/** A revoked Device never returns; kept for longer than an outage in which an older answer would count. */
const ENDED_KEPT_MS = 15 * 60_000
const MAX_KEPT = 10_000
const TOPIC = 'devices:revoked'

export interface ActiveDevices {
  isActive(deviceId: string): Promise<boolean>
  /** Tells every instance; one that does not hear it finds out when its second is over. */
  announce(deviceIds: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface ActiveDeps {
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>
  readonly now: () => number
  readonly ask: (deviceId: string) => Promise<boolean>
}

export function watchActiveDevices({ bus, now, ask }: ActiveDeps): ActiveDevices {
  const known = new Map<string, { readonly active: boolean; readonly untilMs: number }>()
  // By themselves: they are asked for when the database is not there, and answers of a second do not push them out.
  const endedUntilMs = new Map<string, number>()
  const hasEnded = (deviceId: string) => now() < (endedUntilMs.get(deviceId) ?? 0)
  const end = (deviceIds: readonly string[]) => {
    for (const deviceId of deviceIds) keep(endedUntilMs, deviceId, now() + ENDED_KEPT_MS)
  }
  const listening = bus.subscribe(TOPIC, (message) => {
    const revoked = z.array(z.string()).safeParse(message)
    if (revoked.success) end(revoked.data)
  })
  // Without it the second alone limits how old an answer is.
  listening.catch(() => undefined)
  return {
    isActive: async (deviceId) => {
      if (hasEnded(deviceId)) return false
      const kept = known.get(deviceId)
      if (kept !== undefined && now() < kept.untilMs) return kept.active
      // From before the question: an answer must not outlive what it was about.
      const untilMs = now() + KEPT_MS
      const active = await ask(deviceId)
      // It may have ended while the question was on its way.
      if (hasEnded(deviceId)) return false
      keep(known, deviceId, { active, untilMs })
      return active
    },
    announce: async (deviceIds) => {
      end(deviceIds)
      await bus.publish(TOPIC, deviceIds)
      for (const deviceId of deviceIds) await bus.publish(`device:${deviceId}`, { kind: 'revoked' })
    },
    close: async () => (await listening)(),
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > MAX_KEPT) map.delete(map.keys().next().value as string)
}

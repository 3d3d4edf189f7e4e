/** Whether a Device is active, remembered for at most a second: every request with a Login asks. */
import * as z from 'zod/mini'
import type { Bus } from '../bus/bus.ts'

const KEPT_MS = 1000
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
  const listening = bus.subscribe(TOPIC, (message) => {
    const revoked = z.array(z.string()).safeParse(message)
    if (revoked.success) for (const deviceId of revoked.data) known.delete(deviceId)
  })
  // Without it the second alone limits how old an answer is.
  listening.catch(() => undefined)
  return {
    isActive: async (deviceId) => {
      const kept = known.get(deviceId)
      if (kept !== undefined && now() < kept.untilMs) return kept.active
      // From before the question: an answer must not outlive what it was about.
      const untilMs = now() + KEPT_MS
      const active = await ask(deviceId)
      if (known.size >= MAX_KEPT) known.clear()
      known.set(deviceId, { active, untilMs })
      return active
    },
    announce: async (deviceIds) => {
      for (const deviceId of deviceIds) known.delete(deviceId)
      await bus.publish(TOPIC, deviceIds)
      for (const deviceId of deviceIds) await bus.publish(`device:${deviceId}`, { kind: 'revoked' })
    },
    close: async () => (await listening)(),
  }
}

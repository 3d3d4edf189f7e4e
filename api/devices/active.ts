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
  const remember = (deviceId: string, active: boolean, untilMs: number) => {
    if (known.size >= MAX_KEPT) known.clear()
    known.set(deviceId, { active, untilMs })
  }
  const end = (deviceIds: readonly string[]) => {
    for (const deviceId of deviceIds) remember(deviceId, false, now() + ENDED_KEPT_MS)
  }
  const listening = bus.subscribe(TOPIC, (message) => {
    const revoked = z.array(z.string()).safeParse(message)
    if (revoked.success) end(revoked.data)
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
      // It may have ended while the question was on its way.
      const meanwhile = known.get(deviceId)
      if (meanwhile?.active === false && now() < meanwhile.untilMs) return false
      remember(deviceId, active, untilMs)
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

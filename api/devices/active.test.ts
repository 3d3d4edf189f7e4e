import { expect, test } from 'vitest'
import { createLocalBus } from '../bus/local.ts'
import { watchActiveDevices } from './active.ts'

/** The database that does not answer: what it said before the end still counts. */
async function saysActive(): Promise<boolean> {
  return true
}

test('an ended Device stays ended, however many others ask while the database is away', async () => {
  const devices = watchActiveDevices({ bus: createLocalBus(), now: () => 0, ask: saysActive })
  await devices.announce(['laptop'])
  for (let i = 0; i < 10_001; i++) await devices.isActive(`device-${i}`)
  expect(await devices.isActive('laptop')).toBe(false)
  expect(await devices.isActive('phone')).toBe(true)
})

test('a Device that ends while the database is asked has ended', async () => {
  let answerNow: () => void = () => undefined
  const ask = () => new Promise<boolean>((resolve) => (answerNow = () => resolve(true)))
  const devices = watchActiveDevices({ bus: createLocalBus(), now: () => 0, ask })
  const asked = devices.isActive('laptop')
  await devices.announce(['laptop'])
  answerNow()
  expect(await asked).toBe(false)
})

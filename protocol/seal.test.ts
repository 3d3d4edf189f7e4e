import { expect, test } from 'vitest'
import { makeDevice } from './testDevice.ts'

test('alice and bob talk after one initiation', async () => {
  const [alice, bob] = [await makeDevice(), await makeDevice()]
  expect(await bob.decrypt(await alice.encrypt(bob, 'hi'))).toEqual({ ok: true, text: 'hi' })
  for (let round = 0; round < 5; round += 1) {
    expect(await alice.decrypt(await bob.encrypt(alice, `b${round}`))).toEqual({
      ok: true,
      text: `b${round}`,
    })
    expect(await bob.decrypt(await alice.encrypt(bob, `a${round}`))).toEqual({ ok: true, text: `a${round}` })
  }
})

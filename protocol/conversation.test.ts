import { expect, test } from 'vitest'
import { makeConversation, openAsBob } from './conversation.cases.ts'
import handshake from './vectors/handshake.json' with { type: 'json' }
import ratchet from './vectors/ratchet.json' with { type: 'json' }
import seal from './vectors/seal.json' with { type: 'json' }

test('the published handshake, messages and envelopes follow from the published keys', async () => {
  expect(await makeConversation()).toEqual({ handshake, ratchet, seal })
})

test('bob opens the published first envelope with the published keys', async () => {
  expect(await openAsBob(seal.first)).toMatchObject({
    ok: true,
    content: { type: 'text', body: [null, 'Привет, Боб'] },
  })
})

import { expect, test } from 'vitest'
import { makeFormats } from './formats.cases.ts'
import formats from './vectors/formats.json' with { type: 'json' }

test('Chromium makes the published bytes of every format from the published keys', async () => {
  expect(await makeFormats()).toEqual(formats)
})

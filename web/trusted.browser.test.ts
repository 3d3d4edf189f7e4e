import { expect, test } from 'vitest'
import { scriptUrl } from './trusted.ts'

test('scripts of the build are allowed', () => {
  expect(String(scriptUrl('/sw.js'))).toBe(`${location.origin}/sw.js`)
  expect(String(scriptUrl('/assets/worker-0gUVZuh6.js'))).toBe(`${location.origin}/assets/worker-0gUVZuh6.js`)
})

test.each([
  'https://mallory.example/assets/worker.js',
  '//mallory.example/sw.js',
  '/assets/../v1/envelopes',
  '/assets/worker.js?mallory',
  '/other.js',
  'data:text/javascript,0',
])('%s is refused', (address) => {
  expect(() => scriptUrl(address)).toThrow(TypeError)
})

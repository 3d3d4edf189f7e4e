/** Stories and hostile tests in Chromium against the built product, on the embedded default and on real servers. */
import { defineConfig } from '@playwright/test'

export default defineConfig<object, { storeKind: 'embedded' | 'servers' }>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  /** Pictures of the screens, with a configuration of their own. */
  testIgnore: 'look/**',
  outputDir: '../test-results',
  /** Each test has a product and two browsers of its own: two cores carry one at a time. */
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  retries: 0,
  reporter: 'list',
  projects: [
    { name: 'embedded', use: { storeKind: 'embedded' } },
    { name: 'servers', use: { storeKind: 'servers' } },
  ],
})

/** Stories and hostile tests in Chromium against the built product, on the embedded default and on real servers. */
import { defineConfig } from '@playwright/test'
import type { test } from './people.ts'

type Options = Parameters<Parameters<typeof test>[2]>[0]

export default defineConfig<object, { store: Options['store'] }>({
  testDir: '.',
  testMatch: '**/*.spec.ts',
  outputDir: '../test-results',
  /** Each test has a product and two browsers of its own: two cores carry one at a time. */
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  retries: 0,
  reporter: 'list',
  projects: [
    { name: 'embedded', use: { store: 'embedded' } },
    { name: 'servers', use: { store: 'servers' } },
  ],
})

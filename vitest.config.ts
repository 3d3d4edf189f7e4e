import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumArgs, findBrowser } from './tools/browser.ts'

/** `npm test` finds or installs one; without any, only the browser project fails, and says what it looked for. */
const executablePath = findBrowser() ?? 'chromium'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{protocol,wire,api,web,tools,examples,assurance,e2e}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.{integration,browser}.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude: ['node_modules'],
          globalSetup: 'api/db/testing.setup.ts',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        resolve: { conditions: ['browser'] },
        test: {
          name: 'browser',
          include: ['{protocol,web}/**/*.browser.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath,
                args: [...chromiumArgs],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})

import { defineConfig } from '@playwright/test'

const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: '.',
  testMatch: '*.look.ts',
  workers: 1,
  timeout: 120_000,
  reporter: 'line',
  use: {
    launchOptions: { executablePath: chromium, args: ['--no-sandbox'] },
    timezoneId: 'UTC',
    deviceScaleFactor: 1.5,
  },
})

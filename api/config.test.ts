import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

const platform = {
  platformId: 'pk_ceramics',
  name: 'Ceramics',
  signInUrl: 'https://ceramics.example/sign-in',
  profileLinkUrl: null,
  retentionDays: 30,
}

function fileOf(value: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'plasma-config-')), 'platforms.json')
  writeFileSync(path, JSON.stringify(value))
  return path
}

test('nothing set is the embedded start on this machine only', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    databaseUrl: null,
    redisUrl: null,
    platforms: [],
  })
})

test('a blank variable is one that is not set', () => {
  expect(readConfig({ DATABASE_URL: '', PORT: '' })).toMatchObject({ databaseUrl: null })
})

test('a value that does not fit is named, not shown', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://root:hunter2@x' })).toThrow(
    /^configuration: DATABASE_URL$/,
  )
  expect(() => readConfig({ PUBLIC_ORIGIN: 'https://chat.example/path' })).toThrow('PUBLIC_ORIGIN')
})

test('instances on one database must share a LOGIN_SECRET', () => {
  const shared = { DATABASE_URL: 'postgres://localhost/plasma' }
  expect(() => readConfig(shared)).toThrow('LOGIN_SECRET')
  const config = readConfig({ ...shared, LOGIN_SECRET: 'x'.repeat(32) })
  expect(JSON.stringify(config)).not.toContain('xxxx')
})

test('limits are raised and lowered by their names', () => {
  expect(readConfig({ LIMIT_DEVICE: '7' }).limits).toMatchObject({ device: 7, account: 1200 })
})

test('PLATFORM_FILE holds one Platform or several', () => {
  for (const value of [platform, [platform]]) {
    expect(readConfig({ PLATFORM_FILE: fileOf(value) }).platforms).toMatchObject([
      { platformId: 'pk_ceramics', keys: [], hosts: [], crossPlatform: 'any' },
    ])
  }
})

test('a Platform with a private key, or keys over plain HTTP, is refused', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', kid: 'k', x: 'AA', d: 'AA' }
  expect(() => readConfig({ PLATFORM_FILE: fileOf({ ...platform, keys: [key] }) })).toThrow('PLATFORM_FILE')
  const open = { ...platform, jwksUrl: 'http://ceramics.example/jwks.json' }
  expect(() => readConfig({ PLATFORM_FILE: fileOf(open) })).toThrow('PLATFORM_FILE')
  const local = { ...platform, jwksUrl: 'http://localhost:8080/jwks.json' }
  expect(readConfig({ PLATFORM_FILE: fileOf(local) }).platforms).toHaveLength(1)
})

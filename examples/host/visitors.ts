/** Who is signed in here: a signed cookie with a person's id. A real Platform has its own way. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { isMissing, type Person, personById } from './people.ts'

export interface Visitors {
  current(context: Context): Person | undefined
  signIn(context: Context, person: Person): void
  signOut(context: Context): void
}

const COOKIE = 'ceramics_visitor'
const A_MONTH_S = 30 * 24 * 3600

export function openVisitors(dataDir: string): Visitors {
  const secret = keptSecret(dataDir)
  const sign = (id: string) => createHmac('sha256', secret).update(id).digest('base64url')
  return {
    current: (context) => {
      const [id = '', signature = ''] = (getCookie(context, COOKIE) ?? '').split('.')
      const [given, expected] = [Buffer.from(signature), Buffer.from(sign(id))]
      return given.length === expected.length && timingSafeEqual(given, expected) ? personById(id) : undefined
    },
    signIn: (context, { id }) =>
      setCookie(context, COOKIE, `${id}.${sign(id)}`, {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        maxAge: A_MONTH_S,
      }),
    signOut: (context) => {
      deleteCookie(context, COOKIE, { path: '/' })
    },
  }
}

function keptSecret(dataDir: string): Buffer {
  const file = join(dataDir, 'cookie-secret')
  try {
    return readFileSync(file)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  mkdirSync(dataDir, { recursive: true })
  const made = randomBytes(32)
  writeFileSync(file, made, { mode: 0o600 })
  return made
}

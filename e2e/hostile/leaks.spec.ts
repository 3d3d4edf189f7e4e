import { execFileSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseContactLink } from '../../protocol/index.ts'
import { acceptRequest, showLinkOnProfile, signUp, writeByLink } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { expect, type Person, test } from '../people.ts'
import type { Stack } from '../stack.ts'
import { findCanary } from './canaries.ts'

const TEXT = 'канарейка-в-шахте-7f3e9a1c'
const AWAY_TEXT = 'kanarienvogel-55d0b7e2'

test('neither text nor a link’s secret is in the database, Redis, the logs or on the wire', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(!stack.isOurs, 'needs the data of the processes')
  const wire = [record(alice), record(bob)]
  await signUp(alice)
  const link = await showLinkOnProfile(alice)
  await writeByLink(bob, alice, TEXT)
  await acceptRequest(alice, TEXT)
  await conversationPage(alice.page).send(`${TEXT} too`)
  await expect(conversationPage(bob.page).message(`${TEXT} too`)).toBeVisible()
  await alice.close()
  await conversationPage(bob.page).send(AWAY_TEXT)
  await expect(conversationPage(bob.page).mark('with the server, encrypted')).toBeVisible()

  const sources = new Map([
    ['log', Buffer.from(await stack.log('messenger'))],
    ['wire', Buffer.from(wire.flat().join('\n'))],
    ...(await storedIn(stack)),
  ])
  expect(sources.get('wire')?.length).toBeGreaterThan(10_000)
  for (const canary of [TEXT, AWAY_TEXT, alice.name].map((text) => Buffer.from(text))) {
    expect(findCanary(canary, sources)).toEqual([])
  }
  expect(findCanary(secretOf(link), sources)).toEqual([])
  // What must be there is found by the same search.
  expect(findCanary(Buffer.from('pk_ceramics'), sources).length).toBeGreaterThan(0)
})

/** Everything that the person's browser sends to the messenger and gets from it. */
function record(person: Person): string[] {
  const seen: string[] = []
  const { messengerUrl } = person.stack
  person.context.on('request', (request) => {
    const address = request.url().split('#')[0] ?? ''
    if (!address.startsWith(`${messengerUrl}/v1/`)) return
    seen.push(address, JSON.stringify(request.headers()), request.postData() ?? '')
  })
  person.context.on('response', (response) => {
    if (!response.url().startsWith(`${messengerUrl}/v1/`) || response.url().includes('/v1/stream')) return
    void response.text().then(
      (text) => seen.push(text),
      () => undefined,
    )
  })
  return seen
}

function secretOf(link: string): Buffer {
  const parsed = parseContactLink(link)
  if (!parsed.ok) throw new Error(parsed.failure)
  return Buffer.from(parsed.link.secret)
}

/** The files of the embedded database; or a dump of everything in PostgreSQL and Redis. */
async function storedIn(stack: Stack): Promise<[string, Buffer][]> {
  if (stack.databases === null) return filesIn(join(stack.dataDir, 'messenger'))
  const { databaseUrl, redisUrl } = stack.databases
  const options = { maxBuffer: 256 * 1024 * 1024 }
  const keys = execFileSync('redis-cli', ['-u', redisUrl, 'KEYS', '*'], options)
  const dump = execFileSync('pg_dump', ['--inserts', databaseUrl], options)
  return [
    ['redis', keys],
    ['postgres', dump],
  ]
}

async function filesIn(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file): Promise<[string, Buffer]> => [file, await readFile(file)]))
}

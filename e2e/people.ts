/** alice and bob: two people at two browsers of their own, signed in at the demo Platform. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BrowserContext,
  chromium,
  expect,
  type Page,
  test as base,
  type TestInfo,
} from '@playwright/test'
import { chromiumArgs, findBrowser } from '../tools/browser.ts'
import { freshFolder } from '../tools/server.ts'
import { writeCameraFile } from './camera.ts'
import { type Stack, startStack, startStore, type Store } from './stack.ts'

export interface Person {
  /** Id at the demo Platform. */
  readonly id: string
  /** Name there. */
  readonly name: string
  readonly stack: Stack
  /** The tab in front. Another after `reopen`. */
  page: Page
  context: BrowserContext
  /** What the browser complained about: policy reports and uncaught errors. Each test ends with none. */
  readonly complaints: string[]
  /** Where the person's fake camera looks. */
  pointCameraAt(text: string): Promise<void>
  /** Opens the messenger from the person's own profile, as people do. */
  openPlasma(): Promise<void>
  profileUrl(): string
  /** Closes the browser, all tabs, and keeps its profile. */
  close(): Promise<void>
  /** Starts the browser again on the same profile, with the messenger in front. */
  reopen(): Promise<void>
}

interface Fixtures {
  stack: Stack
  alice: Person
  bob: Person
  chen: Person
  /** Further settings of the messenger: `test.use({ messengerEnv: { … } })`. */
  messengerEnv: Readonly<Record<string, string>>
  /** The test breaks the browser policy on purpose; any other ends without a report at the API. */
  plantsBreach: boolean
}

interface WorkerFixtures {
  storeKind: 'embedded' | 'servers'
  store: Store
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  storeKind: ['embedded', { option: true, scope: 'worker' }],
  messengerEnv: [{}, { option: true }],
  plantsBreach: [false, { option: true }],
  store: [
    async ({ storeKind }, use) => {
      const store = await startStore(storeKind)
      await use(store)
      await store.stop()
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  stack: [
    async ({ store, messengerEnv, plantsBreach }, use, testInfo) => {
      const stack = await startStack({ store, env: messengerEnv })
      await use(stack)
      if (stack.isOurs && testInfo.status !== testInfo.expectedStatus) await attachLogs(stack, testInfo)
      const hasReports = stack.isOurs && (await stack.log('messenger')).includes('"csp_report"')
      await stack.stop()
      if (!plantsBreach) expect(hasReports, 'a browser reported a breach of the policy').toBe(false)
    },
    { timeout: 240_000 },
  ],
  alice: ({ stack }, use, testInfo) => withPerson(stack, 'anna', 'Anna Vetrova', use, testInfo),
  bob: ({ stack }, use, testInfo) => withPerson(stack, 'boris', 'Boris Lukov', use, testInfo),
  chen: ({ stack }, use, testInfo) => withPerson(stack, 'chen', 'Chen Wei', use, testInfo),
})

export { expect }

async function withPerson(
  stack: Stack,
  id: string,
  name: string,
  use: (person: Person) => Promise<void>,
  testInfo: TestInfo,
): Promise<void> {
  const folder = await freshFolder(`person-${id}`)
  const person = await newPerson(stack, id, name, folder)
  try {
    await signInAtPlatform(person)
    await use(person)
    if (testInfo.status !== testInfo.expectedStatus) await attachScreen(person, testInfo)
    expect(person.complaints, `what the browser of ${id} complained about`).toEqual([])
  } finally {
    await person.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function newPerson(stack: Stack, id: string, name: string, folder: string): Promise<Person> {
  const cameraFile = join(folder, 'camera.y4m')
  await writeCameraFile(cameraFile, null)
  const complaints: string[] = []
  const launch = async () => {
    const context = await launchBrowser(join(folder, 'profile'), cameraFile)
    listenToComplaints(context, complaints)
    return { context, page: context.pages()[0] ?? (await context.newPage()) }
  }
  let isOpen = true
  const person: Person = {
    id,
    name,
    stack,
    complaints,
    ...(await launch()),
    profileUrl: () => `${stack.hostUrl}/people/${id}`,
    pointCameraAt: (text) => writeCameraFile(cameraFile, text),
    openPlasma: async () => {
      await person.page.goto(person.profileUrl())
      await person.page.getByRole('link', { name: 'Open Plasma' }).click()
    },
    close: async () => {
      if (!isOpen) return
      isOpen = false
      await person.context.unrouteAll({ behavior: 'ignoreErrors' })
      await person.context.close()
    },
    reopen: async () => {
      Object.assign(person, await launch())
      isOpen = true
      await person.page.goto(stack.messengerUrl)
    },
  }
  return person
}

/** The demo asks for no password: choosing a person is signing in. */
async function signInAtPlatform({ page, stack, name }: Person): Promise<void> {
  await page.goto(`${stack.hostUrl}/sign-in`)
  await page.getByRole('button', { name: `Sign in as ${name}` }).click()
  await expect(page.getByRole('link', { name: `You are ${name}` })).toBeVisible()
}

function launchBrowser(profile: string, cameraFile: string): Promise<BrowserContext> {
  const executablePath = findBrowser()
  if (executablePath === null) throw new Error('no Chromium: run these tests by `npm run test:e2e`')
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    locale: 'en-GB',
    viewport: { width: 420, height: 860 },
    permissions: ['camera', 'clipboard-read', 'clipboard-write'],
    args: [
      ...chromiumArgs,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${cameraFile}`,
      '--disable-features=LocalNetworkAccessChecks',
    ],
  })
}

function listenToComplaints(context: BrowserContext, complaints: string[]): void {
  context.on('weberror', (error) => complaints.push(String(error.error())))
  context.on('console', (message) => {
    if (/Content Security Policy|TrustedScript|Trusted Type/.test(message.text()))
      complaints.push(message.text())
  })
}

async function attachScreen({ id, page }: Person, testInfo: TestInfo): Promise<void> {
  const path = testInfo.outputPath(`${id}.png`)
  await page.screenshot({ path }).catch(() => undefined)
  await testInfo.attach(`${id}.png`, { path, contentType: 'image/png' })
}

async function attachLogs(stack: Stack, testInfo: TestInfo): Promise<void> {
  for (const name of ['messenger', 'host'] as const) {
    await testInfo.attach(`${name}.log`, { body: await stack.log(name), contentType: 'text/plain' })
  }
}

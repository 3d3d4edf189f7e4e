import postgres from 'postgres'
import { meet } from '../flows.ts'
import { conversationPage } from '../pages/conversationPage.ts'
import { expect, test } from '../people.ts'

/** `api/delivery/delivery.integration.test.ts` counts a thousand; a browser writes each to disk several times. */
const MESSAGES = Number(process.env['MESSAGES'] ?? 200)
const AWAY_MESSAGES = 20

/** A machine that also runs two browsers may be slow; it is not offline. */
test.use({ messengerEnv: { HOLD_MS: '20000' } })

test('hundreds of messages between people who are online leave no row, and those for who is away leave theirs until she is back', async ({
  alice,
  bob,
  stack,
}) => {
  test.skip(stack.databases === null, 'needs to look into PostgreSQL')
  test.setTimeout(600_000)
  await meet(alice, bob)
  const toAlice = conversationPage(bob.page)
  await conversationPage(alice.page).send('Yes, write to me')
  await expect(toAlice.message('Yes, write to me')).toBeVisible()
  const sql = postgres(stack.databases?.databaseUrl ?? '', { max: 1 })
  try {
    await expect.poll(async () => waiting(sql)).toBe(0)
    await countInserts(sql)
    for (let i = 1; i <= MESSAGES; i++) await write(i)
    await expect(conversationPage(alice.page).message(textOf(MESSAGES))).toBeVisible({ timeout: 300_000 })
    await expect(toAlice.mark(/on .*1 device|read/)).toBeVisible({ timeout: 240_000 })
    await expect.poll(() => outboxIsEmpty()).toBe(true)
    expect(await inserted(sql)).toBe(0)

    await alice.close()
    for (let i = 1; i <= AWAY_MESSAGES; i++) await write(MESSAGES + i)
    await expect.poll(async () => inserted(sql), { timeout: 120_000 }).toBe(AWAY_MESSAGES)
    await alice.reopen()
    await expect.poll(async () => waiting(sql), { timeout: 60_000 }).toBe(0)
  } finally {
    await sql.end()
  }

  async function write(number: number): Promise<void> {
    await toAlice.composer().fill(textOf(number))
    await toAlice.composer().press('Enter')
  }

  async function outboxIsEmpty(): Promise<boolean> {
    return (await bob.page.getByRole('log').getByText('on this device').count()) === 0
  }
})

const textOf = (number: number): string => `Message number ${number}`

type Sql = ReturnType<typeof postgres>

async function countInserts(sql: Sql): Promise<void> {
  await sql`create table inserted_envelope (device_id text)`
  await sql`
    create function note_insert() returns trigger language plpgsql as $$
    begin insert into inserted_envelope values (new.device_id::text); return new; end $$`
  await sql`create trigger note_insert after insert on envelope for each row execute function note_insert()`
}

const inserted = async (sql: Sql): Promise<number> =>
  countOf(await sql`select count(*) from inserted_envelope`)
const waiting = async (sql: Sql): Promise<number> => countOf(await sql`select count(*) from envelope`)
const countOf = (rows: readonly Record<string, unknown>[]): number => Number(rows[0]?.['count'])

import { expect, test } from 'vitest'
import { linkList, linkResolved } from '../../wire/contactLinks.ts'
import { DEFAULT_LIMITS } from '../config.ts'
import { describeOnBothDatabases } from '../db/testing.ts'
import { call, Person, random, startApi, TestPlatform } from '../testing.ts'

const DAY_MS = 86_400_000

describeOnBothDatabases('ContactLinks', (stores) => {
  async function situation() {
    const api = startApi(stores())
    const platform = await TestPlatform.join(api)
    const [alice, bob] = [await Person.join(api, platform, 'alice'), await Person.join(api, platform, 'bob')]
    const resolve = (person: Person, open: { lookup: string; auth: string }) =>
      person.call('POST', '/v1/contact-links/resolve', open)
    return { api, platform, alice, bob, resolve }
  }

  test('making the same one again changes nothing; another under its lookup is refused', async () => {
    const { alice, bob } = await situation()
    const { body, answer } = await alice.link({ limit: 7 })
    expect(answer.status).toBe(200)
    expect((await alice.call('POST', '/v1/contact-links', body)).status).toBe(200)
    expect((await bob.call('POST', '/v1/contact-links', body)).body).toMatchObject({
      code: 'malformed',
      where: ['lookup'],
    })
    const { links } = linkList.parse((await alice.call('GET', '/v1/contact-links')).body)
    const { lookup } = body
    expect(links).toEqual([
      { lookup, kind: 'long_lived', state: 'active', limit: 7, expiresAtMs: null, resolved: 0 },
    ])
    expect((await bob.call('GET', '/v1/contact-links')).body).toEqual({ links: [] })
  })

  test('opening one draws a Ticket that admits to its Account and names nobody', async () => {
    const { api, alice, bob, resolve } = await situation()
    const { body, open } = await alice.link()
    const answer = await resolve(bob, open)
    const drawn = linkResolved.parse(answer.body)
    expect(drawn).toMatchObject({ kind: 'long_lived', descriptor: body.descriptor })
    expect(drawn.expiresAtMs - api.clock.now()).toBeGreaterThan(29 * DAY_MS)
    const headers = { 'plasma-ticket': drawn.ticket }
    const read = () => call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, { headers })
    expect((await read()).status).toBe(200)
    const rows = await stores().sql`select row_to_json(ticket)::text as row from ticket`
    for (const secret of [drawn.ticket, bob.accountId, bob.deviceId])
      expect(JSON.stringify(rows)).not.toContain(secret)
    api.clock.advance(31 * DAY_MS)
    expect((await read()).body.code).toBe('not_accepted')
  })

  test('a Ticket is ended by the tag that its Account knows, and by nobody else', async () => {
    const { api, alice, bob, resolve } = await situation()
    const drawn = (await resolve(bob, (await alice.link()).open)).body
    const [row] = await stores().sql<
      { tag: string }[]
    >`select tag from ticket where account_id = ${alice.accountId}`
    const read = () =>
      call(api, 'GET', `/v1/accounts/${alice.accountId}/sigchain`, {
        headers: { 'plasma-ticket': drawn.ticket },
      })
    await bob.call('POST', '/v1/tickets/end', { tags: [row?.tag] })
    expect((await read()).status).toBe(200)
    expect((await alice.call('POST', '/v1/tickets/end', { tags: [row?.tag] })).status).toBe(200)
    expect((await read()).body.code).toBe('not_accepted')
  })

  test('every ContactLink that does not open is refused with one body', async () => {
    const { api, platform, alice, bob, resolve } = await situation()
    const bank = await TestPlatform.join(api, { crossPlatform: 'own' })
    const banker = await Person.join(api, bank, 'banker')
    const [rotated, paused, used, once, short, wrong, own] = [
      await alice.link(),
      await alice.link(),
      await alice.link({ limit: 1 }),
      await alice.link({ kind: 'one_time' }),
      await alice.link({ expiresAtMs: api.clock.now() + 1000 }),
      await alice.link(),
      await banker.link(),
    ]
    await alice.call('PATCH', `/v1/contact-links/${rotated.open.lookup}`, { state: 'rotated' })
    await alice.call('PATCH', `/v1/contact-links/${paused.open.lookup}`, { state: 'paused' })
    expect((await resolve(bob, used.open)).status).toBe(200)
    expect((await resolve(banker, once.open)).status).toBe(404)
    expect((await resolve(await Person.join(api, platform, 'carol'), once.open)).status).toBe(200)
    api.clock.advance(2000)
    const refused = [
      await resolve(bob, { lookup: random(15) + 'AA', auth: random(32) }),
      await resolve(bob, { ...wrong.open, auth: random(32) }),
      ...(await Promise.all([rotated, paused, used, once, short, own].map(({ open }) => resolve(bob, open)))),
    ]
    const [first, ...others] = refused
    expect([first?.status, first?.body.code]).toEqual([404, 'link_gone'])
    for (const answer of others) expect([answer.status, answer.body]).toEqual([404, first?.body])
  })

  test('of many who open a one-time ContactLink at the same moment one gets a Ticket', async () => {
    const { api, platform, alice, resolve } = await situation()
    const people = []
    for (let i = 0; i < 8; i++) people.push(await Person.join(api, platform, `guest-${i}`))
    const { open } = await alice.link({ kind: 'one_time' })
    const answers = await Promise.all(people.map((person) => resolve(person, open)))
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array(7).fill(404),
    ])
    expect((await alice.call('GET', '/v1/contact-links')).body.links).toMatchObject([
      { state: 'claimed', resolved: 1 },
    ])
  })

  test('who claimed a one-time ContactLink and lost the answer is given the same Ticket again, until it ends', async () => {
    const { api, platform, alice, bob, resolve } = await situation()
    const { open } = await alice.link({ kind: 'one_time', expiresAtMs: api.clock.now() + DAY_MS })
    const claimed = linkResolved.parse((await resolve(bob, open)).body)
    api.clock.advance(2 * DAY_MS)
    await bob.logIn()
    await alice.logIn()
    const again = await resolve(bob, open)
    expect([again.status, again.body]).toEqual([200, claimed])
    const mallory = await Person.join(api, platform, 'mallory')
    expect((await resolve(mallory, open)).body.code).toBe('link_gone')
    const [row] = await stores().sql<
      { tag: string }[]
    >`select tag from ticket where account_id = ${alice.accountId}`
    await alice.call('POST', '/v1/tickets/end', { tags: [row?.tag] })
    expect((await resolve(bob, open)).body.code).toBe('link_gone')
  })

  test('an Account cannot fill the database with ContactLinks that it rotates', async () => {
    const { alice } = await situation()
    await stores().sql`
      insert into contact_link (lookup, account_id, auth_hash, kind, state, descriptor, created_at)
      select ${alice.deviceId} || n, ${alice.accountId}, 'x', 'long_lived', 'rotated', ''::bytea, now() - n * interval '1 s'
      from generate_series(1, 500) as n`
    expect((await alice.link()).answer.status).toBe(200)
    const [row] = await stores().sql<{ count: number }[]>`
      select count(*)::int as count from contact_link where account_id = ${alice.accountId}`
    expect(row?.count).toBe(201)
  })

  test('a limit holds when many come at once', async () => {
    const { api, platform, alice, resolve } = await situation()
    const people = []
    for (let i = 0; i < 6; i++) people.push(await Person.join(api, platform, `guest-${i}`))
    const { open } = await alice.link({ limit: 2 })
    const answers = await Promise.all(people.map((person) => resolve(person, open)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(2)
  })

  test('a paused one opens again when it is resumed; a rotated one never does', async () => {
    const { alice, bob, resolve } = await situation()
    const { open } = await alice.link()
    const change = (state: string) => alice.call('PATCH', `/v1/contact-links/${open.lookup}`, { state })
    await change('paused')
    expect((await resolve(bob, open)).status).toBe(404)
    expect((await change('active')).status).toBe(200)
    expect((await resolve(bob, open)).status).toBe(200)
    expect((await change('rotated')).status).toBe(200)
    expect((await change('rotated')).status).toBe(200)
    expect((await change('active')).body.code).toBe('link_gone')
    expect((await resolve(bob, open)).status).toBe(404)
    const foreign = await bob.call('PATCH', `/v1/contact-links/${open.lookup}`, { state: 'active' })
    expect([foreign.status, foreign.body.code]).toEqual([404, 'not_found'])
  })

  test('a change leaves what it does not name', async () => {
    const { alice } = await situation()
    const { open } = await alice.link({ limit: 3, expiresAtMs: 4_000_000_000_000 })
    await alice.call('PATCH', `/v1/contact-links/${open.lookup}`, { limit: null })
    const listed = (await alice.call('GET', '/v1/contact-links')).body.links
    expect(listed).toMatchObject([{ state: 'active', limit: null, expiresAtMs: 4_000_000_000_000 }])
  })

  test('without `start`, or after it ended, nobody opens one', async () => {
    const { api, platform, alice, resolve } = await situation()
    const { open } = await alice.link()
    const unpaid = await Person.join(api, platform, 'bob', { ent: { version: 1, start: false, reply: true } })
    const until = Math.floor(api.clock.now() / 1000) + 60
    const ended = await Person.join(api, platform, 'bob', {
      ent: { version: 1, start: true, reply: true, until },
    })
    api.clock.advance(61_000)
    for (const person of [unpaid, ended]) {
      const answer = await resolve(person, open)
      expect([answer.status, answer.body.code]).toEqual([403, 'entitlement_required'])
    }
  })

  test('one Account opens one ContactLink a few times a day', async () => {
    const limits = { ...DEFAULT_LIMITS, linkStartsADay: 2 }
    const config = { holdMs: 50, limits, trustProxy: false, webDir: 'none' }
    const api = startApi(stores(), { config })
    const platform = await TestPlatform.join(api)
    const [alice, bob] = [await Person.join(api, platform, 'alice'), await Person.join(api, platform, 'bob')]
    const { open } = await alice.link()
    const statuses = []
    for (const _ of [1, 2, 3])
      statuses.push((await bob.call('POST', '/v1/contact-links/resolve', open)).status)
    expect(statuses).toEqual([200, 200, 429])
    expect((await alice.call('POST', '/v1/contact-links/resolve', open)).status).toBe(200)
  })
})

import { expect, test } from 'vitest'
import type { RunId } from '../../wire/ids.ts'
import { describeOnBothDatabases } from '../db/testing.ts'
import { deviceTopic } from './messages.ts'
import { countRows, instanceForEachTest, listen, listenCaughtUp, newId, post } from './testing.ts'

describeOnBothDatabases('streams', (stores) => {
  const here = instanceForEachTest(stores)

  test('only who knows the last run opens the next; repeating the held one changes nothing', async () => {
    const bob = here.world.account()
    const [first, second, copy] = [newId<RunId>(16), newId<RunId>(16), newId<RunId>(16)]
    const one = await listenCaughtUp(here.instance, bob.device, { runId: first })
    const two = await listenCaughtUp(here.instance, bob.device, { runId: second, lastRunId: first })
    await one.ended
    expect(one.events.at(-1)).toEqual({ event: 'bye', data: { reason: 'replaced' } })
    const conflict = { status: 409, code: 'run_conflict', heldRunId: second }
    const late = await listen(here.instance, bob.device, { runId: copy, lastRunId: first })
    expect(late.problem).toMatchObject({ ...conflict, known: true })
    const fresh = await listen(here.instance, bob.device, { runId: copy })
    expect(fresh.problem).toMatchObject({ ...conflict, known: false })
    const unknown = await listen(here.instance, bob.device, { runId: copy, lastRunId: newId<RunId>(16) })
    expect(unknown.problem).toMatchObject({ ...conflict, known: false })
    const again = await listen(here.instance, bob.device, { runId: first, lastRunId: second })
    expect(again.problem).toMatchObject(conflict)
    expect(two.has('bye')).toBe(false)
    const repeated = await listenCaughtUp(here.instance, bob.device, { runId: second, lastRunId: first })
    await two.ended
    repeated.stop()
    const empty = await listen(here.instance, here.world.account().device, { runId: copy, lastRunId: first })
    expect(empty.problem).toMatchObject({ code: 'run_conflict', heldRunId: null })
  })

  test('of many that open at once from the same last run exactly one does', async () => {
    const bob = here.world.account()
    const streams = await Promise.all(Array.from({ length: 10 }, () => listen(here.instance, bob.device)))
    expect(streams.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const stream of streams) stream.stop()
  })

  test('the last 1,000 runs are known, and no more are kept than that and a hundred', async () => {
    const { sql } = stores()
    const bob = here.world.account()
    const runs = Array.from({ length: 1300 }, () => newId<RunId>(16))
    await sql`
      insert into stream_run (device_id, number, run_id)
      select ${bob.device}, n, r from unnest(${runs}::text[]) with ordinality as t (r, n)`
    const stream = await listen(here.instance, bob.device, { lastRunId: runs[1299] ?? null })
    const more = Array.from({ length: 99 }, () => newId<RunId>(16))
    let lastRunId = stream.runId
    for (const runId of more) {
      ;(await listen(here.instance, bob.device, { runId, lastRunId })).stop()
      lastRunId = runId
    }
    const rows = await sql`select 1 from stream_run where device_id = ${bob.device}`
    expect(rows).toHaveLength(1000)
    const known = await listen(here.instance, bob.device, { lastRunId: runs[1200] ?? null })
    expect(known.problem).toMatchObject({ known: true, heldRunId: lastRunId })
  })

  test('what expires leaves the Mailbox, and its Device is told of the gap by each Stream of a day', async () => {
    let nowMs = Date.UTC(2020, 0, 1)
    const day = 86_400_000
    const clocked = await here.start({ now: () => nowMs })
    const [bob, carol] = [here.world.account(), here.world.account()]
    here.world.accounts.set(bob.accountId, { ...bob, revoked: new Set(), retentionDays: 1 })
    await post(clocked, bob)
    nowMs += 1000
    await post(clocked, bob)
    await post(clocked, carol)
    nowMs += day - 1001
    expect(await clocked.delivery.sweep()).toBe(0)
    nowMs += 1
    expect(await clocked.delivery.sweep()).toBe(1)
    nowMs += 1000
    expect(await clocked.delivery.sweep()).toBe(1)
    expect(await countRows(stores().sql, [bob.device, carol.device])).toBe(1)
    const first = await listenCaughtUp(clocked, bob.device)
    const gap = { event: 'gap', data: { fromMs: Date.UTC(2020, 0, 1), toMs: Date.UTC(2020, 0, 1) + 1000 } }
    expect(first.events[0]).toEqual(gap)
    const second = await listenCaughtUp(clocked, bob.device, { lastRunId: first.runId })
    expect(second.events[0]).toEqual(gap)
    nowMs += day + 1
    await clocked.delivery.sweep()
    const third = await listenCaughtUp(clocked, bob.device, { lastRunId: second.runId })
    expect(third.has('gap')).toBe(false)
    third.stop()
  })

  test('an instance whose clock runs ahead lets nothing expire before its time', async () => {
    const ahead = await here.start({ now: () => Date.now() + 400 * 86_400_000 })
    const bob = here.world.account()
    await post(here.instance, bob)
    expect(await ahead.delivery.sweep()).toBe(0)
    expect(await countRows(stores().sql, [bob.device])).toBe(1)
  })

  test('revoking a Device closes its Stream, and so does a shutdown, each with its reason', async () => {
    const [bob, carol] = [here.world.account(), here.world.account()]
    const revoked = await listenCaughtUp(here.instance, bob.device)
    const shut = await listenCaughtUp(here.instance, carol.device)
    await stores().bus.publish(deviceTopic(bob.device), { kind: 'revoked' })
    await revoked.ended
    expect(revoked.events.at(-1)).toEqual({ event: 'bye', data: { reason: 'revoked' } })
    await here.instance.close()
    await shut.ended
    expect(shut.events.at(-1)).toEqual({ event: 'bye', data: { reason: 'shutdown' } })
  })

  test('a Stream carries the headers of every answer, and HEAD opens none', async () => {
    const bob = here.world.account()
    const stream = await listen(here.instance, bob.device)
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
    })
    stream.stop()
    const head = await fetch(`${here.instance.origin}/v1/stream?runId=${newId(16)}`, {
      method: 'HEAD',
      headers: { authorization: here.world.account().device },
    })
    expect(head.status).toBe(405)
    const malformed = await listen(here.instance, bob.device, { runId: 'short' as RunId })
    expect(malformed.problem).toMatchObject({ status: 400, code: 'malformed' })
  })
})

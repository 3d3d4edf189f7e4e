import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { isOutage } from './outage.ts'
import { openSql } from './sql.ts'
import { describeOnBothDatabases, describeOnServers } from './testing.ts'

describeOnBothDatabases('a transaction', (stores) => {
  test('refuses a query on the outer connection at once', async () => {
    const { sql } = stores()
    await expect(sql.transaction(async () => await sql`select 1`)).rejects.toThrow('outer connection')
    await expect(sql.transaction(async () => await sql.unsafe('select 1'))).rejects.toThrow(
      'outer connection',
    )
    await expect(sql.transaction(() => sql.transaction(async () => 1))).rejects.toThrow('outer connection')
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  })

  test('leaves the connection to work that goes on after it', async () => {
    const { sql } = stores()
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    let after: Promise<unknown> = Promise.resolve()
    await sql.transaction(async (tx) => {
      after = ended.then(() => sql`select 2 as two`)
      await tx`select 1`
    })
    end()
    expect(await after).toEqual([{ two: 2 }])
  })

  test('leaves nothing behind when it throws', async () => {
    const { sql } = stores()
    await sql`create table kept (n int)`
    const failing = sql.transaction(async (tx) => {
      await tx`insert into kept values (1)`
      throw new Error('stop')
    })
    await expect(failing).rejects.toThrow('stop')
    expect(await sql`select * from kept`).toEqual([])
    expect(await sql.transaction(async (tx) => await tx`insert into kept values (2) returning n`)).toEqual([
      { n: 2 },
    ])
  })

  test('keeps others waiting, not hanging', async () => {
    const { sql } = stores()
    const both = await Promise.all([
      sql.transaction(async (tx) => [await tx`select 1 as n`, await tx`select 2 as n`].flat()),
      sql`select 3 as n`,
    ])
    expect(both).toEqual([[{ n: 1 }, { n: 2 }], [{ n: 3 }]])
  })

  test('reads a bigint as a number and stores arrays of bytes as they are', async () => {
    const { sql } = stores()
    const bytes = [Buffer.from('5c7830', 'hex'), Buffer.from([0, 255])]
    const rows =
      await sql`select 1700000000000::bigint as ms, b from unnest(${sql.array(bytes, 1001)}::bytea[]) as b`
    expect(rows.map((row) => [row['ms'], Buffer.from(row['b']).toString('hex')])).toEqual([
      [1700000000000, '5c7830'],
      [1700000000000, '00ff'],
    ])
  })
})

describeOnServers('a connection', (stores) => {
  test('on which the database falls silent is given up, and another takes its place', async () => {
    const { port, pathname } = new URL(stores().postgresUrl ?? '')
    const through: Socket[] = []
    const proxy = createServer((socket) => {
      const server = connect(Number(port), '127.0.0.1').on('error', () => socket.destroy())
      socket.on('error', () => server.destroy()).pipe(server)
      through.push(server.on('close', () => socket.destroy()))
      server.pipe(socket)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port: proxyPort } = proxy.address() as AddressInfo
    const databaseUrl = `postgres://plasma@127.0.0.1:${proxyPort}${pathname}`
    const sql = await openSql({ databaseUrl, connections: 2, silenceMs: 800 })
    await Promise.all([sql`select pg_sleep(0.1)`, sql`select pg_sleep(0.1)`])
    for (const server of through) server.unpipe().pause()
    const errors = await Promise.all(
      [1, 2].map((n) => sql`select ${n}::int`.catch((error: unknown) => error)),
    )
    expect(errors.every(isOutage)).toBe(true)
    const after = await Promise.all([3, 4].map((n) => sql`select ${n}::int as n`))
    expect(after.flat()).toEqual([{ n: 3 }, { n: 4 }])
    for (const server of through) server.destroy()
    await sql.close()
    await new Promise((resolve) => proxy.close(resolve))
  })
})

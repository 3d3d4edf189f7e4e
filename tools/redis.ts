/** A Redis of our own for one run: a bus without persistence, gone afterwards. */
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { freePort, freshFolder, type Server, startServer } from './server.ts'
import { findOrInstall } from './system.ts'

export interface RedisOptions {
  /** Of a Redis that is gone, to come back in its place. */
  readonly port?: number
}

/**
 * Starts Redis on 127.0.0.1, on a free port unless told which.
 *
 * @throws Missing when Redis is neither here nor installable.
 */
export async function startRedis(options: RedisOptions = {}): Promise<Server> {
  const program = findOrInstall('redis-server', ['redis-server'], () => [])
  const folder = await freshFolder('redis')
  const port = options.port ?? (await freePort())
  const args = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    folder,
  ]
  const probe = () => ping(port)
  const server = await startServer({ program, args, folder, stopSignal: 'SIGTERM', probe })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `redis://127.0.0.1:${port}`, pid: server.pid, stop }
}

function ping(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (answer) => {
      socket.destroy()
      if (answer.toString().startsWith('+PONG')) resolve()
      else reject(new Error('not a Redis'))
    })
  })
}

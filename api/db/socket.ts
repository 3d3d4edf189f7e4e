/** Connections to PostgreSQL that notice when nobody is there any more: TCP by itself would wait for a quarter of an hour. */
import { Socket } from 'node:net'

/** What postgres.js knows about its servers. */
interface Servers {
  readonly path: string | false | undefined
  readonly host: readonly string[]
  readonly port: readonly number[]
}

/** Looks in one time of silence: counted, not timed, so that a pause of this process is not taken for one of the server. */
const LOOKS = 8

/**
 * @param silenceMs - longer than a connection is kept idle and a statement runs together.
 * @returns opens a socket to each server in turn; it is destroyed once it has brought nothing for `silenceMs`.
 */
export function createOpenSocket(silenceMs: number): (servers: Servers) => Socket {
  let turn = 0
  return ({ path, host, port }) => {
    const socket = new Socket()
    const n = turn++ % host.length
    if (path) socket.connect(path)
    else socket.connect(port[n] as number, host[n] as string)
    // postgres.js names the server of a TLS connection by it.
    Object.assign(socket, { host: host[n], port: port[n] })
    endSilent(socket, silenceMs)
    return socket
  }
}

function endSilent(socket: Socket, silenceMs: number): void {
  let bytesRead = 0
  let looks = 0
  const timer = setInterval(() => {
    if (socket.destroyed) return clearInterval(timer)
    looks = socket.bytesRead === bytesRead ? looks + 1 : 0
    bytesRead = socket.bytesRead
    if (looks < LOOKS) return
    // Without an error: under TLS nobody listens for one here.
    socket.destroy()
  }, silenceMs / LOOKS)
  timer.unref()
}

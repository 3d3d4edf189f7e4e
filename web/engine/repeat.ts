/** Work that runs one at a time: when kicked, again if kicked meanwhile, and after the delay that it asks for. */

/** Work that throws (a database that closes under it) is tried again this much later. */
const AFTER_ERROR_MS = 10_000

export interface Repeated {
  kick(): void
  /** Resolves when nothing runs and no kick waits. */
  idle(): Promise<void>
}

/** @param work - gives the milliseconds until it should run again, or null for "when kicked". */
export function repeat(work: () => Promise<number | null>, signal: AbortSignal): Repeated {
  let running: Promise<void> | null = null
  let kicked = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const attempt = async (): Promise<number | null> => {
    try {
      return await work()
    } catch {
      return AFTER_ERROR_MS
    }
  }
  const run = async () => {
    while (kicked && !signal.aborted) {
      kicked = false
      const delayMs = await attempt()
      clearTimeout(timer)
      if (delayMs !== null && !signal.aborted) timer = setTimeout(kick, delayMs)
    }
    running = null
  }
  // What it waits for may have been followed by another.
  const idle = (): Promise<void> => (running ? running.then(idle) : Promise.resolve())

  function kick(): void {
    if (signal.aborted) return
    kicked = true
    // Begins after the assignment, which it undoes at its end.
    running ??= Promise.resolve().then(run)
  }
  signal.addEventListener('abort', () => clearTimeout(timer))
  return {
    kick,
    idle,
  }
}

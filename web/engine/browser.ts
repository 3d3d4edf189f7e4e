/** What an engine gets from the browser, in a tab's worker and in the service worker alike. */
import type { EngineDeps } from './create.ts'

/** One Device a browser profile. */
const NAME = 'plasma'

export function browserDeps(): EngineDeps {
  return {
    name: NAME,
    origin: location.origin,
    fetch: (url, init) => fetch(url, init),
    nowMs: () => Date.now(),
    locks: navigator.locks,
    channel: (name) => new BroadcastChannel(name),
  }
}

/** The service worker: a table of contents. The app starts offline; what waits in the Outbox goes out with no tab open. */
import { cacheTheApp } from './cache.ts'
import { syncOutbox } from './sync.ts'

declare const self: ServiceWorkerGlobalScope

cacheTheApp()

self.addEventListener('message', (event) => {
  if ((event.data as { type?: unknown } | null)?.type === 'SKIP_WAITING') void self.skipWaiting()
})

self.addEventListener('sync', (event) => {
  const { tag, waitUntil } = event as ExtendableEvent & { readonly tag: string }
  if (tag === 'outbox') waitUntil.call(event, syncOutbox())
})

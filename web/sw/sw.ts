/** The service worker, as a table of contents: offline start, background sync, update on request. */
import { handleMessage } from './update.ts'
import { serveOffline } from './offline.ts'
import { handleSync } from './sync.ts'

declare const self: ServiceWorkerGlobalScope

serveOffline()
self.addEventListener('message', handleMessage)
self.addEventListener('sync', handleSync)

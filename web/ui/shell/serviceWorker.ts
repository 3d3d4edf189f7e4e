/** Registers the service worker, and tells when a newer version waits. It takes over only when the Person says so. */
import { Workbox } from 'workbox-window'
import { scriptUrl } from '../../trusted.ts'
import { valueBox, type ValueBox } from './valueBox.ts'

/** What TypeScript's DOM library does not name: Background Sync, where the browser has it. */
interface SyncingRegistration extends ServiceWorkerRegistration {
  readonly sync?: { register(tag: string): Promise<void> }
}

export interface ServiceWorkerControl {
  readonly updateReady: ValueBox<boolean>
  /** What waits here goes out with no tab open, once there is a network again. */
  syncLater(this: void): void
  /** Lets the new version take over and loads the page from it. */
  update(this: void): void
}

export function startServiceWorker(): ServiceWorkerControl {
  const updateReady = valueBox(false)
  if (!('serviceWorker' in navigator))
    return { updateReady, syncLater: () => undefined, update: () => undefined }
  const workbox = new Workbox(scriptUrl('/sw.js'))
  workbox.addEventListener('waiting', () => updateReady.write(true))
  // Without a service worker the app still works while there is a network.
  void workbox.register().catch(() => undefined)
  return {
    updateReady,
    syncLater() {
      const registered = navigator.serviceWorker.ready.then((ready: SyncingRegistration) =>
        ready.sync?.register('outbox'),
      )
      // Not every browser lets a page ask for it: then the next visit sends.
      registered.catch(() => undefined)
    },
    update() {
      workbox.addEventListener('controlling', () => location.reload())
      workbox.messageSkipWaiting()
    },
  }
}

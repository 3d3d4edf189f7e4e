/** Registers the service worker, and tells when a newer version waits. It takes over only when the Person says so. */
import { Workbox } from 'workbox-window'
import { scriptUrl } from '../../trusted.ts'
import { valueBox, type ValueBox } from './valueBox.ts'

export interface ServiceWorkerControl {
  readonly updateReady: ValueBox<boolean>
  /** Lets the new version take over and loads the page from it. */
  update(this: void): void
}

export function startServiceWorker(): ServiceWorkerControl {
  const updateReady = valueBox(false)
  if (!('serviceWorker' in navigator)) return { updateReady, update: () => undefined }
  const workbox = new Workbox(scriptUrl('/sw.js'))
  workbox.addEventListener('waiting', () => updateReady.write(true))
  // Without a service worker the app still works while there is a network.
  void workbox.register().catch(() => undefined)
  return {
    updateReady,
    update() {
      workbox.addEventListener('controlling', () => location.reload())
      workbox.messageSkipWaiting()
    },
  }
}

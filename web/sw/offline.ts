/** Starts without a network: the whole build is kept at install, and every address of the app opens its page. */
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (string | PrecacheEntry)[] }

/** The API's own addresses are never the app's. */
const NOT_THE_APP = [/^\/v1\//, /^\/healthz$/, /^\/readyz$/, /^\/openapi\.json$/]

export function serveOffline(): void {
  precacheAndRoute(self.__WB_MANIFEST)
  cleanupOutdatedCaches()
  registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NOT_THE_APP }))
}

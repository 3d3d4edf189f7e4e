/** The app's own files, kept at install; every navigation inside the app starts from the kept page. */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import type { PrecacheEntry } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: readonly (PrecacheEntry | string)[] }

/** Served by the API, never by the app. */
const NOT_THE_APP = [/^\/v1\//, /^\/healthz$/, /^\/readyz$/, /^\/openapi\.json$/]

export function cacheTheApp(): void {
  cleanupOutdatedCaches()
  precacheAndRoute([...self.__WB_MANIFEST])
  registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NOT_THE_APP }))
}

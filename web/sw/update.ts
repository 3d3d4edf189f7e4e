/** A new version waits until the page says that now is a good moment. */
declare const self: ServiceWorkerGlobalScope

export function handleMessage(event: ExtendableMessageEvent): void {
  const data: unknown = event.data
  const isAsked =
    data === 'skipWaiting' ||
    (typeof data === 'object' && data !== null && 'type' in data && data.type === 'SKIP_WAITING')
  if (isAsked) event.waitUntil(self.skipWaiting())
}

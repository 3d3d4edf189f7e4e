/** What brought the page here: somebody's link, or the way back from the Platform. Its secret leaves the address bar at once. */

export type Arrival =
  | { readonly kind: 'link'; readonly text: string }
  | { readonly kind: 'signed_in'; readonly fragment: string }

/** Takes the arrival out of the address and the history entry; null when the address is just a place in the app. */
export function takeArrival(
  location: Pick<Location, 'href' | 'pathname' | 'hash'>,
  history: History,
): Arrival | null {
  const arrival = arrivalAt(location)
  if (arrival !== null) history.replaceState(history.state, '', location.pathname)
  return arrival
}

export function arrivalAt({
  href,
  pathname,
  hash,
}: Pick<Location, 'href' | 'pathname' | 'hash'>): Arrival | null {
  if (hash.length <= 1) return null
  if (pathname === '/c' || pathname.startsWith('/c/')) return { kind: 'link', text: href }
  if (pathname === '/signed-in') return { kind: 'signed_in', fragment: hash }
  return null
}

/** Screens that are fetched when somebody goes there, so that the first one loads less. They are kept for offline like the rest. */
import { lazy, Suspense, type ComponentType } from 'react'

export const Scan = later(async () => (await import('../links/Scan.tsx')).Scan)
export const MyLink = later(async () => (await import('../links/MyLink.tsx')).MyLink)
export const Settings = later(async () => (await import('../settings/Settings.tsx')).Settings)

function later(load: () => Promise<ComponentType>): ComponentType {
  const Loaded = lazy(async () => ({ default: await load() }))
  return function Later() {
    return (
      <Suspense fallback={null}>
        <Loaded />
      </Suspense>
    )
  }
}

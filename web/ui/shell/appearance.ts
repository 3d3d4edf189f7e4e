/** Puts the Person's choice of theme, density and language on the page. */
import { useEffect, useLayoutEffect, useSyncExternalStore } from 'react'
import type { Settings } from '../../engine/read.ts'
import type { Language } from '../text/text.tsx'

const moreContrast = '(prefers-contrast: more)'

export function useAppearance(settings: Settings | undefined, language: Language): void {
  const systemContrast = useMedia(moreContrast)
  const theme = settings?.theme ?? 'auto'
  const density = settings?.density ?? 'cozy'
  useLayoutEffect(() => {
    const { dataset } = document.documentElement
    dataset['theme'] = theme
    dataset['density'] = density
    dataset['contrast'] = theme === 'contrast' || systemContrast ? 'more' : 'usual'
    document.documentElement.lang = language
    paintBrowser()
  }, [theme, density, systemContrast, language])
}

/** The tab says how many Messages are new. */
export function useTitle(unreadCount: number): void {
  useEffect(() => {
    document.title = unreadCount === 0 ? 'Plasma' : `(${unreadCount}) Plasma`
  }, [unreadCount])
}

/** The browser's own bars follow the canvas. */
function paintBrowser(): void {
  const canvas = getComputedStyle(document.documentElement).backgroundColor
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
    meta.content = canvas
}

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
  )
}

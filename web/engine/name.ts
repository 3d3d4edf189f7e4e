/** Names that others chose, before anyone sees them. */

/** Line ends and other controls; and marks that have no shape of their own but turn or hide what stands around them. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
const INVISIBLE = /(?![\u200c\u200d])\p{Cf}/gu

/** One line, in the direction of its own letters. Joiners stay: scripts and emoji need them. */
export function shownName(name: string): string {
  return name.replace(CONTROLS, ' ').replace(INVISIBLE, '').trim()
}

/** The look of an Account that has no picture, taken from its identity: a new identity looks different. */

const HUES = 8
const ANGLES = 24

/** Which of the eight pairs of tones. */
export function hueOf(accountId: string): number {
  return mixed(accountId) % HUES
}

/** Degrees that the cut between the two tones is turned by. */
export function angleOf(accountId: string): number {
  return (Math.floor(mixed(accountId) / HUES) % ANGLES) * (360 / ANGLES)
}

/** FNV-1a: spreads ids evenly, proves nothing. */
function mixed(accountId: string): number {
  let hash = 0x811c9dc5
  for (const character of accountId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

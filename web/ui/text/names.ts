/** How a name is shortened, and how a Russian one is put into the genitive where the rule is certain. */

/** The first word, without its trailing mark: «Анна» of «Анна Верес». The whole name when it is not a person's. */
export function firstName(name: string): string {
  const words = name.trim().split(/\s+/u)
  const first = words[0]
  if (first === undefined || words.length > 2 || !words.every((word) => /^[\p{L}’'-]+$/u.test(word)))
    return name.trim()
  return first
}

/**
 * «Анны» of «Анна Верес». Only names in -а and -я decline by one rule; the rest would be guessed.
 *
 * @returns null where the sentence has to do without the name.
 */
export function genitiveOfFirstName(name: string): string | null {
  const first = firstName(name)
  if (!/^\p{Lu}[\p{Script=Cyrillic}-]+$/u.test(first) || /[сц]кая$/u.test(first)) return null
  if (first.endsWith('я')) return `${first.slice(0, -1)}и`
  if (!first.endsWith('а')) return null
  const stem = first.slice(0, -1)
  return `${stem}${/[гкхжчшщ]$/u.test(stem) ? 'и' : 'ы'}`
}

/** One or two letters for a picture nobody uploaded: «АВ». */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  return words
    .slice(0, 2)
    .map((word) => Array.from(word)[0] ?? '')
    .join('')
    .toUpperCase()
}

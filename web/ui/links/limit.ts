/** A limit as it is typed: empty is none; anything but a whole number from 1 is not taken. */
export function parsedLimit(
  typed: string,
): { readonly ok: true; readonly limit: number | null } | { readonly ok: false } {
  const trimmed = typed.trim()
  if (trimmed === '') return { ok: true, limit: null }
  const limit = Number(trimmed)
  return Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_REQUESTS
    ? { ok: true, limit }
    : { ok: false }
}

/** More people than a link in a profile meets; a longer number is a slip of the finger. */
const MOST_REQUESTS = 1_000_000

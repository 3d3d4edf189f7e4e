/** Times and days in words, in the Person's own time zone. */

export interface Dates {
  /** 14:36 */
  time(atMs: number): string
  /** «Сегодня», «Вчера», «3 мая», «3 мая 2024 г.» */
  day(atMs: number, todayMs: number): string
  /** In a list: the time today, «вчера», then the day. */
  listed(atMs: number, todayMs: number): string
}

const DAY_MS = 86_400_000

export function datesIn(locale: 'ru' | 'en'): Dates {
  const time = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'ru', {
    hour: '2-digit',
    minute: '2-digit',
  })
  const dayMonth = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'ru', {
    day: 'numeric',
    month: 'long',
  })
  const short = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'ru', { day: 'numeric', month: 'short' })
  const full = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'ru', { dateStyle: 'long' })
  const near = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

  const nearby = (atMs: number, todayMs: number): string | null => {
    const days = daysBetween(atMs, todayMs)
    return days === 0 || days === 1 ? near.format(-days, 'day') : null
  }
  const dated = (atMs: number, todayMs: number, sameYear: Intl.DateTimeFormat): string =>
    (new Date(atMs).getFullYear() === new Date(todayMs).getFullYear() ? sameYear : full).format(atMs)

  return {
    time: (atMs) => time.format(atMs),
    day: (atMs, todayMs) => capitalised(nearby(atMs, todayMs) ?? dated(atMs, todayMs, dayMonth)),
    listed: (atMs, todayMs) =>
      daysBetween(atMs, todayMs) === 0
        ? time.format(atMs)
        : (nearby(atMs, todayMs) ?? dated(atMs, todayMs, short)),
  }
}

/** Calendar days from one moment to a later one. Rounded, because a day of a clock change has 23 or 25 hours. */
export function daysBetween(fromMs: number, toMs: number): number {
  return Math.round((startOfDay(toMs) - startOfDay(fromMs)) / DAY_MS)
}

function startOfDay(atMs: number): number {
  return new Date(atMs).setHours(0, 0, 0, 0)
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Who and what the gallery shows, in both languages. */
import type { ConversationRow, LinkRow, Mark, MessageRow } from '../../web/engine/read.ts'

export type Language = 'ru' | 'en'

/** The gallery's clock stands at 14:36 on 4 May 2026, local time. */
export const NOW_MS = new Date(2026, 4, 4, 14, 36).getTime()
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export const SPOKEN = {
  ru: {
    me: 'Борис',
    anna: 'Анна Верес',
    light: 'Мастерская «Свет»',
    lev: 'Лев Аронов',
    kate: 'Катя',
    olga: 'Соседи: Ольга, 4 этаж',
    mark: 'Марк',
    timur: 'Тимур Галеев',
    nina: 'Нина Котова',
    ilya: 'Илья',
    mugs: 'Кружки вышли из печи, все целые',
    draft: 'Давайте в четверг, после',
    tomorrow: 'До завтра',
    attic: 'Чердак закрыт до пятницы',
    photos: 'Пришлю снимки вечером',
    thanks: 'Спасибо, всё дошло',
    askNina: 'Здравствуйте. Делаете ли вы кружки на заказ, шесть штук?',
    askIlya: 'Добрый день, увидел ваши вазы на ярмарке. Есть ли синие?',
    blue: 'Синяя лучше, чем я себе представлял. Одну можно без ручки?',
    can: 'Можно. Сделаю к субботе',
    boxes: 'Коробки тоже нужны?',
    late: 'И ещё: глазурь на одной чуть темнее, вот так легла',
    pick: 'Заберу в субботу до обеда',
    door: 'Оставьте, пожалуйста, у входа',
    bigger: 'И коробку побольше',
    profile: 'Профиль на ярмарке',
    market: 'Рынок, 14 июня',
    card: 'Визитка',
  },
  en: {
    me: 'Boris',
    anna: 'Anna Veres',
    light: 'Studio Light',
    lev: 'Lev Aronov',
    kate: 'Kate',
    olga: 'Olga, 4th floor',
    mark: 'Mark',
    timur: 'Timur Galeev',
    nina: 'Nina Kotova',
    ilya: 'Ilya',
    mugs: 'The mugs are out of the kiln, all whole',
    draft: 'Thursday works, after',
    tomorrow: 'See you tomorrow',
    attic: 'The attic is closed until Friday',
    photos: 'I will send the pictures tonight',
    thanks: 'Thank you, it all arrived',
    askNina: 'Hello. Do you make mugs to order, six of them?',
    askIlya: 'Good afternoon, I saw your vases at the market. Are there blue ones?',
    blue: 'The blue one is better than I imagined. Could one come without a handle?',
    can: 'It could. Ready by Saturday',
    boxes: 'Do you need boxes too?',
    late: 'One more thing: the glaze on one came out a shade darker',
    pick: 'I’ll pick them up on Saturday before lunch',
    door: 'Could you leave the box by the door',
    bigger: 'And a bigger box',
    profile: 'Ceramics profile',
    market: 'Market day, 14 June',
    card: 'Business card',
  },
} as const

export function conversations(language: Language): ConversationRow[] {
  const spoken = SPOKEN[language]
  return [
    row('anna', 'anna-veres-2', spoken.anna, spoken.mugs, 4, { unread: 3 }),
    row('light', 'light-1', spoken.light, spoken.thanks, 46, { outbox: 2, mark: 'on_device' }),
    row('lev', 'lev-6', spoken.lev, spoken.thanks, 149, { draft: spoken.draft }),
    row('kate', 'kate-3', spoken.kate, spoken.tomorrow, 175),
    row('olga', 'olga-9', spoken.olga, spoken.attic, 261, { unread: 12 }),
    row('mark', 'mark-4', spoken.mark, spoken.photos, 1500, { mark: 'read' }),
    row('timur', 'timur-7', spoken.timur, spoken.thanks, 1600, { mark: 'delivered' }),
  ]
}

export function requests(language: Language): ConversationRow[] {
  const spoken = SPOKEN[language]
  return [
    row('nina', 'nina-1', spoken.nina, spoken.askNina, 12, { kind: 'request_in' }),
    row('ilya', 'ilya-8', spoken.ilya, spoken.askIlya, 1700, { kind: 'request_in' }),
  ]
}

function row(
  id: string,
  accountId: string,
  name: string,
  text: string,
  minutesAgo: number,
  changed: Partial<ConversationRow> = {},
): ConversationRow {
  return {
    conversationId: id,
    accountId,
    name,
    kind: 'contact',
    preview: { text, own: changed.mark !== undefined && changed.mark !== null, kind: 'text' },
    draft: '',
    atMs: NOW_MS - minutesAgo * MINUTE_MS,
    unread: 0,
    outbox: 0,
    mark: null,
    ...changed,
  }
}

export function annasMessages(language: Language): MessageRow[] {
  const spoken = SPOKEN[language]
  const yesterday = NOW_MS - DAY_MS
  return [
    message('m1', yesterday, spoken.mugs, null),
    message('m2', yesterday + 8 * MINUTE_MS, spoken.blue, 'read'),
    message('m3', yesterday + 20 * MINUTE_MS, spoken.can, null),
    message('m3b', yesterday + 21 * MINUTE_MS, spoken.boxes, null),
    message('m4', NOW_MS - 6 * MINUTE_MS, spoken.late, null),
    { ...message('m5', NOW_MS - 5 * MINUTE_MS, '', null), kind: 'on_its_way' },
    message('m6', NOW_MS - 2 * MINUTE_MS, spoken.pick, 'delivered'),
    message('m7', NOW_MS - MINUTE_MS, spoken.door, 'with_server'),
    message('m8', NOW_MS, spoken.bigger, 'on_device'),
  ]
}

/** A long history, one Message an hour, the two taking turns. */
export function manyMessages(language: Language, count: number): MessageRow[] {
  const word = language === 'ru' ? 'Сообщение номер' : 'Message number'
  return Array.from({ length: count }, (_, index) =>
    message(
      `n${index}`,
      NOW_MS - (count - index) * 60 * MINUTE_MS,
      `${word} ${index + 1}`,
      index % 2 === 0 ? null : 'read',
    ),
  )
}

function message(messageId: string, atMs: number, text: string, mark: Mark | null): MessageRow {
  return {
    messageId,
    own: mark !== null,
    kind: 'text',
    text,
    sentMs: atMs,
    receivedMs: atMs,
    mark,
    failure: null,
    devices: { delivered: mark === 'delivered' || mark === 'read' ? 2 : 0, of: 2 },
  }
}

export function links(language: Language): LinkRow[] {
  const spoken = SPOKEN[language]
  const url =
    'https://plasma.ceramics.example/c#AQAx7Zk2mQp0c9Yv3nTqLw8RbE5dKs1uHf6oGjXy4aVbNtMzCiPrDlUeWqShIkOgJ'
  return [
    link('a', spoken.profile, url, 'active', 12, null),
    link('b', spoken.market, url, 'paused', 3, 20),
    link('c', spoken.card, url, 'claimed', 1, 1),
  ]
}

function link(
  lookup: string,
  label: string,
  url: string,
  state: LinkRow['state'],
  resolved: number,
  limit: number | null,
): LinkRow {
  const kind = state === 'claimed' ? 'one_time' : 'long_lived'
  return { lookup, label, url, kind, state, limit, resolved, published: true, createdMs: NOW_MS - 9 * DAY_MS }
}

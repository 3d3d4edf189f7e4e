/** The people of the demo Platform, and what they put on their profiles: kept in one JSON file. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Person {
  readonly id: string
  readonly name: { readonly ru: string; readonly en: string }
  readonly craft: { readonly ru: string; readonly en: string }
  /** Colours of the piece drawn on the profile: glaze, clay, ground. */
  readonly colours: readonly [glaze: string, clay: string, ground: string]
}

export interface Profile {
  /** The ContactLink this person chose to show; null until then. */
  readonly link: string | null
  readonly isPaid: boolean
  /** Grows with every change of `isPaid`: the messenger keeps the newest. */
  readonly entitlementVersion: number
}

export interface Profiles {
  of(personId: string): Profile
  setLink(personId: string, link: string | null): void
  setPaid(personId: string, isPaid: boolean): void
}

export const people: readonly Person[] = [
  {
    id: 'anna',
    name: { ru: 'Анна Ветрова', en: 'Anna Vetrova' },
    craft: { ru: 'Вазы под сланцевой глазурью', en: 'Vases in slate glaze' },
    colours: ['#3e545c', '#2a3a40', '#d8cdbd'],
  },
  {
    id: 'boris',
    name: { ru: 'Борис Луков', en: 'Boris Lukov' },
    craft: { ru: 'Кружки для долгого чая', en: 'Mugs for a long tea' },
    colours: ['#b56f4d', '#8a4d31', '#e3d3bd'],
  },
  {
    id: 'chen',
    name: { ru: 'Чэнь Вэй', en: 'Chen Wei' },
    craft: { ru: 'Чайники и пиалы', en: 'Teapots and bowls' },
    colours: ['#5f7f66', '#40594a', '#dfe1d2'],
  },
  {
    id: 'dina',
    name: { ru: 'Дина Садыкова', en: 'Dina Sadykova' },
    craft: { ru: 'Блюда с росписью', en: 'Painted dishes' },
    colours: ['#c9a24b', '#94722c', '#ece2cc'],
  },
  {
    id: 'emil',
    name: { ru: 'Эмиль Хольм', en: 'Emil Holm' },
    craft: { ru: 'Плитка ручной работы', en: 'Tiles made by hand' },
    colours: ['#6b7f99', '#47586e', '#dadee2'],
  },
  {
    id: 'farida',
    name: { ru: 'Фарида Алиева', en: 'Farida Alieva' },
    craft: { ru: 'Светильники из фарфора', en: 'Porcelain lamps' },
    colours: ['#a86d80', '#7b4a5b', '#ebdcdc'],
  },
]

const NEW_PROFILE: Profile = { link: null, isPaid: true, entitlementVersion: 1 }

export function personById(id: string): Person | undefined {
  return people.find((person) => person.id === id)
}

/** Opens the file in `dataDir`, or starts it. Each change is on disk before the call returns. */
export function openProfiles(dataDir: string): Profiles {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'profiles.json')
  const profiles = new Map<string, Profile>(readEntries(file))
  const change = (personId: string, changed: Partial<Profile>) => {
    profiles.set(personId, { ...of(personId), ...changed })
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(profiles), null, 2))
    renameSync(`${file}.new`, file)
  }
  const of = (personId: string) => profiles.get(personId) ?? NEW_PROFILE
  return {
    of,
    setLink: (personId, link) => change(personId, { link }),
    setPaid: (personId, isPaid) =>
      change(personId, { isPaid, entitlementVersion: of(personId).entitlementVersion + 1 }),
  }
}

/** The file is our own, so that its shape is trusted; a damaged one stops the start. */
function readEntries(file: string): [string, Profile][] {
  try {
    return Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Profile>)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

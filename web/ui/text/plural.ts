/** Plural forms by `Intl.PluralRules`: each language names the forms that it has. */

export interface RussianForms {
  readonly one: string
  readonly few: string
  readonly many: string
}
export interface EnglishForms {
  readonly one: string
  readonly other: string
}

const russian = new Intl.PluralRules('ru')
const english = new Intl.PluralRules('en')

/** The form for `count`, without the number: «2» and «сообщения». */
export function russianForm(count: number, forms: RussianForms): string {
  const rule = russian.select(count)
  return rule === 'one' ? forms.one : rule === 'few' ? forms.few : forms.many
}

export function englishForm(count: number, forms: EnglishForms): string {
  return english.select(count) === 'one' ? forms.one : forms.other
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Row {
  readonly attack: string
  readonly state: string
  readonly detail: string
}

/** Lines of the tables in docs/testing.md, without their headings. */
function rowsOf(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| Attack |'))
    .map((line) => {
      const [, attack = '', state = '', detail = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
      return { attack, state, detail }
    })
}

interface NamedTest {
  readonly file: string
  readonly name: string
}

/** Tests that a row names: `file` “name”, and further “names” of the same file. */
function testsOf(detail: string): NamedTest[] {
  let file = ''
  return [...detail.matchAll(/`([^`]+)`|“([^”]+)”/g)].flatMap(([, code, name]) => {
    if (code !== undefined) file = code
    return name === undefined ? [] : [{ file, name: name.replaceAll('\\|', '|') }]
  })
}

/** Whether the source has a test of this name: written as it is, in any of the three kinds of quotes. */
function hasTest(source: string, name: string): boolean {
  const spellings = [`'${name.replaceAll("'", "\\'")}'`, `"${name}"`, `\`${name}\``]
  return spellings.some((spelling) => source.includes(spelling))
}

const rows = rowsOf(readFileSync(join(root, 'docs/testing.md'), 'utf8'))

/** Every line of the reviewer's list has a row: as many as there are attacks in it. */
const LINES = 88

describe('docs/testing.md', () => {
  test('has a row for every line of the list, each once', () => {
    const attacks = rows.map((row) => row.attack)
    expect(new Set(attacks).size).toBe(attacks.length)
    expect(attacks.length).toBe(LINES)
  })

  test('says of every line that it is tested, a limit, or not there yet', () => {
    expect(rows.filter(({ state }) => !['tested', 'limit', 'not yet'].includes(state))).toEqual([])
  })

  test('names a test for every line that is tested, and a reason for every limit', () => {
    const silent = rows.filter(
      ({ state, detail }) =>
        (state === 'tested' && testsOf(detail).length === 0) || (state === 'limit' && detail === ''),
    )
    expect(silent).toEqual([])
  })

  test('names only tests that exist', () => {
    const missing = rows
      .filter(({ state }) => state === 'tested')
      .flatMap(({ detail }) => testsOf(detail))
      .filter(({ file, name }) => {
        const path = join(root, file)
        return !existsSync(path) || !hasTest(readFileSync(path, 'utf8'), name)
      })
    expect(missing).toEqual([])
  })

  test('would notice a test that is gone', () => {
    expect(
      hasTest("test('a forged envelope leaves the session unchanged', () => {})", 'a forged envelope'),
    ).toBe(false)
    expect(testsOf('`a.test.ts` “one”, “two”; `b.test.ts` “three”')).toEqual([
      { file: 'a.test.ts', name: 'one' },
      { file: 'a.test.ts', name: 'two' },
      { file: 'b.test.ts', name: 'three' },
    ])
  })
})

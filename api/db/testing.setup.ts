/** For tests, once a run: a PostgreSQL, and an embedded database to copy. Making either takes longer than most tests. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../tools/postgres.ts'
import { migrate } from './migrate.ts'
import { openSql } from './sql.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgresUrl: string
    readonly embeddedTemplate: string
  }
}

/** @returns what undoes it. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const embeddedTemplate = await mkdtemp(join(tmpdir(), 'plasma-embedded-template-'))
  const [postgres] = await Promise.all([startPostgres(), makeTemplate(embeddedTemplate)])
  provide('postgresUrl', postgres.url)
  provide('embeddedTemplate', embeddedTemplate)
  return async () => {
    await Promise.all([postgres.stop(), rm(embeddedTemplate, { recursive: true, force: true })])
  }
}

async function makeTemplate(dataDir: string): Promise<void> {
  const sql = await openSql({ dataDir })
  await migrate(sql)
  await sql.close()
}

/** Brings the schema to the newest version: all pending migrations in one transaction, one instance at a time. */
import { fileURLToPath } from 'node:url'
import Postgrator from 'postgrator'
import type { Sql } from './sql.ts'

const MIGRATIONS = fileURLToPath(new URL('./migrations/*.sql', import.meta.url))
/** Any number that nobody else locks by. */
const MIGRATION_LOCK = 7_306_591_133

/** @throws when a migration fails, or one that ran before has changed: the schema is then as it was. */
export async function migrate(sql: Sql): Promise<void> {
  await sql.transaction(async (tx) => {
    await tx`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`
    const postgrator = new Postgrator({
      driver: 'pg',
      migrationPattern: MIGRATIONS,
      schemaTable: 'schema_version',
      currentSchema: 'public',
      newline: 'LF',
      execQuery: async (query) => ({ rows: await tx.unsafe(query) }),
      execSqlScript: async (script) => {
        await tx.unsafe(script).simple()
      },
    })
    await postgrator.migrate()
  })
}

/** PostgreSQL inside this process, for a start without anything installed: reached over a unix socket like any other. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { lockDataDir } from './dataDirLock.ts'

export interface Embedded {
  readonly socketPath: string
  close(): Promise<void>
}

/** @throws DataDirInUse when another process has it open: two on one directory destroy the data. */
export async function openEmbedded(dataDir: string): Promise<Embedded> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const unlock = await lockDataDir(dataDir)
  try {
    const db = await PGlite.create(join(dataDir, 'postgres'))
    // The server asks for no password: the folder (mkdtemp makes it 0700) is what keeps others out.
    const folder = await mkdtemp(join(tmpdir(), 'plasma-'))
    const socketPath = join(folder, '.s.PGSQL.5432')
    const server = new PGLiteSocketServer({ db, path: socketPath })
    await server.start()
    const close = async () => {
      await server.stop()
      await db.close()
      await rm(folder, { recursive: true, force: true })
      await unlock()
    }
    return { socketPath, close }
  } catch (error) {
    await unlock()
    throw error
  }
}

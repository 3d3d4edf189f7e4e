/** What the tools ask of the machine: which programs it has, what apt can add, and a user to run servers as. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const isRoot = process.getuid?.() === 0

/** Said when something is neither there nor installable: the message names what to do. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

/** @returns the full path of an executable in PATH or in one of `extraFolders`, or null. */
export function findProgram(name: string, extraFolders: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...extraFolders]
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

/** Folders of Debian's PostgreSQL versions, newest first: they are not in PATH. */
export function postgresFolders(root = '/usr/lib/postgresql'): string[] {
  try {
    return readdirSync(root)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

/**
 * Installs Debian packages.
 *
 * @returns false when this is not root, there is no apt, or apt failed; its output goes to our stderr.
 */
export function aptInstall(packages: readonly string[]): boolean {
  if (!isRoot || findProgram('apt-get') === null) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (args: readonly string[]) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', process.stderr.fd, process.stderr.fd] }).status === 0
  const install = ['install', '--yes', '--no-install-recommends', ...packages]
  return run(install) || (run(['update']) && run(install))
}

/**
 * Finds a program, and installs it where that can be done.
 *
 * @throws Missing with what to do, when neither worked.
 */
export function findOrInstall(name: string, packages: readonly string[], folders: () => string[]): string {
  const found = findProgram(name, folders())
  if (found !== null) return found
  aptInstall(packages)
  const installed = findProgram(name, folders())
  if (installed !== null) return installed
  throw new Missing(`${name} is not here. As root: apt-get install ${packages.join(' ')}`)
}

/** The user id and group id that servers which refuse root run as, or null when we are not root. */
export function plainUser(): { uid: number; gid: number } | null {
  if (!isRoot) return null
  for (const name of ['postgres', 'nobody']) {
    const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' })
    const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' })
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Missing('a server that refuses root needs the user postgres or nobody, and there is neither')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { EmbeddedPostgresError } from './embedded-error.ts'

/**
 * As whom the server runs; PostgreSQL refuses to run as root.
 * `self`: an ordinary user. `user`: root steps down to that user. `namespace`: root enters a user namespace in which it
 * carries an ordinary number; its files stay root's, and it loses the right to ignore permissions.
 */
export type Account =
  | { readonly kind: 'self' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace'; readonly uid: number; readonly gid: number }

export interface Outcome {
  /** Exit code; -1 where the program could not be run or was killed. */
  readonly code: number
  /** Both outputs, for messages. */
  readonly output: string
}

/** Only what the programs need: a stray PGDATA, PGPORT or NODE_OPTIONS of the caller must not steer them. */
const environment = () => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', LANG: 'C' })

/** Runs one program to its end as `account`. Never rejects. */
export function runAs(account: Account, program: string, args: readonly string[]): Promise<Outcome> {
  const [file, all] =
    account.kind === 'namespace'
      ? ['unshare', ['--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, program, ...args]]
      : [program, [...args]]
  const identity = account.kind === 'user' ? { uid: account.uid, gid: account.gid } : {}
  // The working directory of the caller may be closed to the account.
  const options = { cwd: '/', env: environment(), maxBuffer: 1024 * 1024, ...identity }
  return new Promise(resolve => {
    execFile(file, all, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim()
      if (error === null) resolve({ code: 0, output })
      else resolve({ code: typeof error.code === 'number' ? error.code : -1, output: output || error.message })
    })
  })
}

/**
 * Replaces a file as the account, so that root never writes where the account could have laid a link. One step: a crash
 * leaves the old file or the new one.
 */
export async function writeAs(account: Account, path: string, text: string): Promise<void> {
  const script = 'umask 077 && printf %s "$2" > "$1.new" && mv -f "$1.new" "$1"'
  const ran = await runAs(account, '/bin/sh', ['-c', script, 'sh', path, text])
  if (ran.code !== 0) throw new EmbeddedPostgresError(`${path} cannot be written: ${ran.output}`)
}

interface PasswdEntry {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

async function passwd(): Promise<readonly PasswdEntry[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap(line => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The user that distributions make for PostgreSQL, if this machine has it. */
export async function postgresUser(): Promise<Account | null> {
  const entry = (await passwd()).find(({ name, uid }) => name === 'postgres' && uid !== 0)
  return entry ? { kind: 'user', uid: entry.uid, gid: entry.gid } : null
}

/** initdb looks its own number up in /etc/passwd, so the namespace takes the first that is there and is not root. */
export async function namespaceAccount(): Promise<Account> {
  const entry = (await passwd()).find(({ uid }) => uid !== 0)
  return { kind: 'namespace', uid: entry?.uid ?? 1, gid: entry?.gid ?? 1 }
}

import { lchown, mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, namespaceAccount, postgresUser, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { EmbeddedPostgresError, WAY_OUT } from './embedded-error.ts'

export interface Choice {
  readonly account: Account
  /** As the server calls itself, `18.4`. */
  readonly version: string
}

/**
 * Picks the account that the server runs as, by really running the server's program and writing a file as it.
 * An existing cluster stays with the owner of its files, because the server insists on owning its data directory.
 */
export async function chooseAccount(binaries: Binaries, dataDirectory: string, cluster: string): Promise<Choice> {
  const owner = await ownerOf(cluster)
  const candidates = await candidatesFor(owner, cluster)
  const failures: string[] = []
  for (const account of candidates) {
    const tried = await tryAccount(account, binaries, owner === null ? dataDirectory : cluster, owner === null)
    if (typeof tried !== 'string') return { account, version: tried.version }
    failures.push(`${describe(account)}: ${tried}`)
  }
  throw new EmbeddedPostgresError(
    `The embedded PostgreSQL cannot run here:\n  ${failures.join('\n  ')}\n` +
      `Start the gateway as an ordinary user that owns ${dataDirectory}; ` +
      `or, as root, make a user named postgres that can reach it and ${binaries.native}; ${WAY_OUT}.`,
  )
}

async function ownerOf(cluster: string): Promise<{ readonly uid: number; readonly gid: number } | null> {
  return stat(cluster).catch(() => null)
}

async function candidatesFor(
  owner: { readonly uid: number; readonly gid: number } | null,
  cluster: string,
): Promise<readonly Account[]> {
  const self = process.geteuid?.() ?? -1
  if (self !== 0) {
    if (owner === null || owner.uid === self) return [{ kind: 'self' }]
    throw new EmbeddedPostgresError(
      `${cluster} belongs to user number ${owner.uid}, and this is number ${self}: ` +
        `start the gateway as its owner, or give it away (chown -R ${self} ${cluster}), ${WAY_OUT}.`,
    )
  }
  if (owner !== null) return [owner.uid === 0 ? await namespaceAccount() : { kind: 'user', ...idsOf(owner) }]
  return [await postgresUser(), await namespaceAccount()].filter(account => account !== null)
}

const idsOf = ({ uid, gid }: { readonly uid: number; readonly gid: number }) => ({ uid, gid })

/** The version, or why the account will not do. */
async function tryAccount(
  account: Account,
  binaries: Binaries,
  directory: string,
  fresh: boolean,
): Promise<{ readonly version: string } | string> {
  const ran = await runAs(account, binaries.postgres, ['--version'])
  const version = /(\d+\.\d+)/.exec(ran.output)?.[1]
  if (ran.code !== 0 || version === undefined) return `cannot run ${binaries.postgres}: ${ran.output}`
  const written = await tryWriting(account, directory, fresh)
  return written === null ? { version } : `cannot write in ${directory}: ${written}`
}

/** Writes a file where the cluster is or will be; a fresh cluster gets a directory of the account's own. */
async function tryWriting(account: Account, directory: string, fresh: boolean): Promise<string | null> {
  const probe = join(directory, `.probe.${process.pid}`)
  try {
    if (fresh) {
      await mkdir(probe, { mode: 0o700 })
      await giveTo(account, probe)
    }
    const file = fresh ? join(probe, 'file') : probe
    const ran = await runAs(account, '/bin/sh', ['-c', ': > "$1"', 'sh', file])
    return ran.code === 0 ? null : ran.output
  } catch (error) {
    return (error as Error).message
  } finally {
    await rm(probe, { recursive: true, force: true }).catch(() => undefined)
  }
}

/** Makes a file or directory of ours the account's. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.kind === 'user') await lchown(path, account.uid, account.gid)
}

function describe(account: Account): string {
  switch (account.kind) {
    case 'self':
      return 'as this user'
    case 'user':
      return `as user number ${account.uid}`
    case 'namespace':
      return 'in a user namespace (unshare --user)'
  }
}

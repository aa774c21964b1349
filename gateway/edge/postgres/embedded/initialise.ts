import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { giveTo } from './choose-account.ts'
import { EmbeddedPostgresError, WAY_OUT } from './embedded-error.ts'
import { renameDurably } from './secrets.ts'

/** The superuser: migrations and the starter; no serving process logs in as it. */
export const ADMIN = 'lienthong_admin'

/**
 * Makes a new cluster. It is built under another name and renamed when whole (initdb has flushed it by then): a crash
 * leaves a `pgdata.new` and perhaps a password file, which the next attempt removes.
 */
export async function initialise(
  account: Account,
  binaries: Binaries,
  cluster: string,
  password: string,
): Promise<void> {
  const draft = `${cluster}.new`
  const passwordFile = join(draft, '..', 'pgdata.password')
  await rm(draft, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await mkdir(draft, { mode: 0o700 })
  await giveTo(account, draft)
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' })
    await giveTo(account, passwordFile)
    const options = [
      '--encoding=UTF8',
      '--locale=C',
      '--auth=scram-sha-256',
      `--username=${ADMIN}`,
      '--no-instructions',
    ]
    const ran = await runAs(account, binaries.initdb, ['-D', draft, `--pwfile=${passwordFile}`, ...options])
    if (ran.code !== 0)
      throw new EmbeddedPostgresError(`initdb could not make ${cluster}:\n${ran.output}\nMend that, ${WAY_OUT}.`)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await renameDurably(draft, cluster)
}

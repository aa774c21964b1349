import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import { checkFile } from '../../configuration/check-structure.ts'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { readYaml } from '../../configuration/read-yaml.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { newestRevision, readRevision } from '../../edge/postgres/revisions.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import type { Holder } from './holder.ts'
import { readText } from './read-text.ts'

export interface RegisteredFlags {
  readonly config?: string
  readonly database?: true
  readonly unregistered?: true
}

export const registeredOptions = (): readonly Option[] => [
  new Option('--config <dir>', 'configuration directory where the name has to be registered (CONFIG_DIR unless told)'),
  new Option('--database', 'the name has to be registered in the newest revision of the gateway').conflicts('config'),
  new Option('--unregistered', 'the name need not be registered yet').conflicts(['config', 'database']),
]

type Named = Pick<Holder, 'kind' | 'id'>

/**
 * Whether the system or officer is registered: in a configuration directory or in a gateway's newest revision. Certificates that
 * the directory names may be missing, since they are about to be made; for the same reason the rest of it is not looked at.
 * A gateway's name stands in no configuration. Throws Misuse where it is not said what to look into.
 */
export async function checkRegistered(
  holder: Named,
  flags: RegisteredFlags,
  environment: NodeJS.ProcessEnv,
): Promise<Result<null>> {
  if (flags.unregistered || holder.kind === 'gateway') return ok(null)
  const settings = readSettings(environment)
  const directory = flags.config === undefined ? settings.configDir : resolve(flags.config)
  if (!flags.database && directory === null)
    throw new Misuse('say where the name is registered: --config DIR (or CONFIG_DIR), --database, or --unregistered')
  const ids =
    flags.database || directory === null ? await idsInDatabase(holder, settings) : idsInDirectory(holder, directory)
  return ids.includes(holder.id)
    ? ok(null)
    : err(`the ${holder.kind} ${holder.id} is not registered in ${flags.database ? 'the newest revision' : directory}`)
}

const FILE = { system: 'systems', officer: 'officers' } as const

function idsInDirectory({ kind }: Named, directory: string): readonly string[] {
  const file = FILE[kind as keyof typeof FILE]
  const path = join(directory, `${file}.yaml`)
  if (!existsSync(path)) throw new Misuse(`--config: ${path} is missing`)
  const read = readYaml(path, readText(path, '--config'))
  const [fault] = read.ok ? [] : read.error
  if (!read.ok) throw new Misuse(`${path}:${fault?.line ?? 0} ${fault?.reason ?? ''}`)
  const value = read.value[0]?.value
  const [finding] = checkFile(file, value)
  if (finding) throw new Misuse(`${path} ${finding.pointer}: ${finding.reason}`)
  return (value as readonly { readonly id: string }[]).map(({ id }) => id)
}

async function idsInDatabase({ kind }: Named, settings: ReturnType<typeof readSettings>): Promise<readonly string[]> {
  const newest = await withStore(settings, async database => readRevision(database, await newestRevision(database)))
  if (!newest) throw new Misuse('--database: no revision is stored yet')
  const { document } = JSON.parse(newest.content) as { document: ConfigurationDocument }
  return document[FILE[kind as keyof typeof FILE]].map(({ id }) => id)
}

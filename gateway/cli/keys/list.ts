import { Command } from 'commander'
import { systemClock } from '../../edge/clock.ts'
import { grouped } from '../../review/mirror/anchor.ts'
import { readSettings } from '../settings.ts'
import { type DescribedKey, describeKeys } from './describe-keys.ts'
import { orMisuse } from './open-keys.ts'

export const listCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('list')
    .description('Lists the keys of this installation: use, state, algorithm, place, age. Never a secret')
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: true }) => {
      const keys = await orMisuse(async () => describeKeys(readSettings(environment), systemClock().now()))
      if (json) console.log(JSON.stringify({ keys }))
      else for (const key of keys) console.log([line(key), ...forPaper(key)].join('\n'))
    })

const line = ({ use, state, algorithm, place, name, ageDays, until, isProtected, id }: DescribedKey): string =>
  [
    use.padEnd(12),
    state.padEnd(8),
    algorithm.padEnd(13),
    `${place}:${name}`.padEnd(30),
    `${ageDays} d`.padStart(6),
    isProtected === null ? '' : isProtected ? 'encrypted' : 'plain',
    until === null ? '' : `until ${until}`,
    id ?? '',
  ]
    .filter(part => part !== '')
    .join('  ')

/** What a reader of the log needs to have from a source other than the log: the verifier key, and its fingerprint to read aloud. */
const forPaper = ({ vkey, id }: DescribedKey): readonly string[] =>
  vkey === null || id === null ? [] : [`    ${vkey}`, `    SHA-256 ${grouped(id)}`]

import { existsSync } from 'node:fs'
import type { ListName } from '../../configuration/object-kinds.ts'
import { systemClock } from '../../edge/clock.ts'
import { checkApproval } from '../../identity/approval.ts'
import { signersOf } from '../../snapshot/judge-genesis.ts'
import { type DescribedKey, describeKeys } from '../keys/describe-keys.ts'
import { orMisuse } from '../keys/open-keys.ts'
import type { Settings } from '../settings.ts'
import type { GenesisFile } from './genesis-file.ts'
import { paperLines } from './paper-digest.ts'

/** What the people round the table compare, as JSON and as lines. Nothing in it is secret. */
export interface DescribedGenesis {
  readonly result: Readonly<Record<string, unknown>>
  readonly lines: readonly string[]
}

const COUNTED = {
  units: 'units',
  systems: 'systems',
  issuers: 'issuers',
  purposes: 'purposes',
  officers: 'officers',
  services: 'services',
  agreements: 'agreements',
  guardrails: 'guardrails',
  witnesses: 'witnesses',
  timeAuthorities: 'time authorities',
  settings: 'settings',
  alertRules: 'alert rules',
} as const satisfies Record<ListName, string>
const LISTS = Object.keys(COUNTED) as ListName[]

/** `keys`: those of the gateway on this machine; a machine that is no gateway has none. */
export function describeGenesis(
  { stored, configuration }: GenesisFile,
  keys: readonly DescribedKey[],
): DescribedGenesis {
  const { digest } = stored
  const { mode, operator, zone, issuers } = configuration
  const counts = Object.fromEntries(LISTS.map(list => [list, configuration[list].length]))
  const officers = configuration.officers.map(({ id, name, roles, key }) => ({ id, name, roles, key }))
  const published = keys.flatMap(({ use, state, id: key }) =>
    state === 'current' && key !== null ? [{ use, key }] : [],
  )
  const signed = signedBy({ stored, configuration })
  const missing = signersOf(configuration.officers).flatMap(({ id }) => (signed.includes(id) ? [] : [id]))
  return {
    result: {
      digest,
      mode,
      operator,
      zone,
      counts,
      officers,
      issuers: issuers.map(({ name, key }) => ({ name, key })),
      keys: published,
      signed,
      missing,
    },
    lines: [
      'digest of the genesis (SHA-256 of the file), to be compared on paper:',
      '',
      ...paperLines(digest).map(line => `    ${line}`),
      '',
      `${mode}, operated by ${operator}, zone ${zone}`,
      `holds: ${LISTS.map(list => `${counts[list]} ${COUNTED[list]}`).join(', ')}`,
      'officers, and SHA-256 of their public keys:',
      ...officers.flatMap(({ id, name, roles, key }) => [
        `  ${id} (${printable(name)}): ${roles.join(', ')}`,
        `    ${key}`,
      ]),
      'authorities, and SHA-256 of the public keys that sign certificates:',
      ...issuers.flatMap(({ name, key }) => [`  ${name}`, `    ${key}`]),
      ...(published.length > 0
        ? [
            'keys of the gateway, and SHA-256 of their public halves:',
            ...published.flatMap(({ use, key }) => [`  ${use}`, `    ${key}`]),
          ]
        : ['keys of the gateway: none on this machine']),
      `signed by: ${signed.join(', ') || 'nobody yet'}`,
      ...(missing.length > 0 ? [`still to sign: ${missing.join(', ')}`] : []),
    ],
  }
}

/** A name must not move the cursor, or turn the direction of writing: it stands on the screen that people compare. */
const printable = (name: string): string => name.replaceAll(/\p{C}/gu, '\ufffd')

/** Whose signature lies there and holds; what does not hold is refused at the installation. */
function signedBy({ stored, configuration }: Pick<GenesisFile, 'stored' | 'configuration'>): readonly string[] {
  const ids = stored.signatures.flatMap(signature => {
    const officer = checkApproval(signature, stored.digest, configuration.officers, 'genesis')
    return officer.ok ? [officer.value.id] : []
  })
  return [...new Set(ids)].sort()
}

/** Of this machine; none where it has no KEYS_DIR. Throws Misuse where there is one that cannot be used. */
export const keysOfThisMachine = (settings: Settings): Promise<readonly DescribedKey[]> =>
  existsSync(settings.keysDir) ? orMisuse(async () => describeKeys(settings, systemClock().now())) : Promise.resolve([])

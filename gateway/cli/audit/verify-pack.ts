import type { Command } from 'commander'
import { readFileSync, statSync } from 'node:fs'
import { openZip } from '../../edge/zip/read-zip.ts'
import { parseCosignerKey } from '../../log/cosignature.ts'
import type { Verifier } from '../../log/note-key.ts'
import { blocksOf } from '../../pki/pem.ts'
import type { KeptPayload } from '../../review/pack/match-payload.ts'
import { type VerifiedPack, verifyPack } from '../../review/pack/verify-pack.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readAnchor } from './log-place.ts'

export interface PackFlags {
  readonly key?: string
  readonly witness?: readonly string[]
  readonly tsa?: readonly string[]
  readonly payload?: string
  readonly direction?: string
  readonly method?: string
  readonly target?: string
  readonly json?: true
}

/** The options of `audit verify` that are about packs. */
export const packOptions = (command: Command): Command =>
  command
    .option('--witness <key>', 'verifier key of a witness, beside those of the configuration; may come often', gathered)
    .option('--tsa <file>', 'of a pack: PEM certificates of a time stamping authority; may come often', gathered)
    .option('--payload <file>', 'of a pack of one exchange: a body that a party kept; says whether it is what crossed')
    .option('--direction <direction>', 'of --payload: request or response')
    .option('--method <method>', 'of --payload: the method of the request (unless told: that of the record)')
    .option('--target <target>', 'of --payload: path and query of the request as they were sent')

const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** A payload crossed the gateway once: it is no larger than any limit of a body. */
const MOST_PAYLOAD = 1024 * 1024 * 1024

/** `lienthong audit verify PACK`: checks an evidence pack with nothing but public keys. */
export async function verifyPackAt(path: string, flags: PackFlags): Promise<void> {
  const controlKey = readAnchor(flags.key, null)
  const witnesses = (flags.witness ?? []).map(readWitness)
  const timeAuthorities = (flags.tsa ?? []).flatMap(file =>
    blocksOf('CERTIFICATE', readFileOr(file, '--tsa').toString()),
  )
  const payload = readPayload(flags)
  const source = await openZip(path)
  if (!source.ok) return tell(unreadable(source.error), flags.json)
  try {
    tell(await verifyPack({ source: source.value, controlKey, witnesses, timeAuthorities, payload }), flags.json)
  } finally {
    await source.value.close()
  }
}

function readWitness(text: string): Verifier {
  const key = parseCosignerKey(text)
  if (key.ok) return key.value
  throw new Misuse(`--witness: ${key.error}`)
}

function readPayload({ payload, direction, method, target }: PackFlags): KeptPayload | null {
  if (payload === undefined) {
    if ([direction, method, target].some(flag => flag !== undefined))
      throw new Misuse('--direction, --method and --target go with --payload')
    return null
  }
  if (direction !== 'request' && direction !== 'response') throw new Misuse('--direction: request or response')
  if (target === undefined) throw new Misuse('--target: path and query as they were sent, /exchange/…')
  if ((statSync(payload, { throwIfNoEntry: false })?.size ?? 0) > MOST_PAYLOAD)
    throw new Misuse(`--payload: ${payload} is longer than any payload that crosses`)
  return { direction, method: method ?? null, target, body: readFileOr(payload, '--payload') }
}

function readFileOr(path: string, flag: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new Misuse(`${flag}: ${path} cannot be read`)
  }
}

const unreadable = (detail: string): VerifiedPack => ({
  good: false,
  checks: [{ name: 'container', result: 'wrong', detail }],
  about: null,
  signedAt: null,
  certificate: null,
})

const WORDS = { good: 'good ', wrong: 'WRONG', 'not-checked': '-    ' } as const

function tell(verified: VerifiedPack, json: true | undefined): void {
  if (json) console.log(JSON.stringify(verified))
  else {
    for (const { name, result, detail } of verified.checks)
      console.log(`${WORDS[result]}  ${name.padEnd(18)}  ${printable(detail)}`)
    console.log(verified.good ? `good: ${aboutOf(verified)}` : 'FOUND WRONG: do not rely on this pack')
  }
  process.exitCode = verified.good ? EXIT.good : EXIT.foundWrong
}

function aboutOf({ about, certificate }: VerifiedPack): string {
  const scope = about?.scope
  const what =
    scope?.kind === 'exchange'
      ? `exchange ${scope.exchange}`
      : `records from ${scope?.from ?? ''} to ${scope?.to ?? ''}`
  return `${what}, ${about?.records ?? 0} records; signed with the certificate ${certificate ?? ''}`
}

/** A pack is attacker-controlled: nothing of it moves the cursor of a terminal. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e\u00a0-\u{10ffff}]/gu, '?')

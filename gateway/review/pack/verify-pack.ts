import { createHash } from 'node:crypto'
import { bindingOf } from '../../domain/binding.ts'
import { parseGatewayId } from '../../domain/gateway-id.ts'
import { formatInstant, parseInstant } from '../../domain/instant.ts'
import type { Verifier } from '../../log/note-key.ts'
import { verifyDetached } from '../../pki/cms-verify.ts'
import { blocksOf, pemOf } from '../../pki/pem.ts'
import { textOf } from '../../record/read-leaf.ts'
import type { AboutPack } from './about-pack.ts'
import { differenceOf } from './manifest.ts'
import { type KeptPayload, matchPayload } from './match-payload.ts'
import { faultOfLayout, OpenedPack } from './opened-pack.ts'
import { ASIC_E, FILES, MANIFEST, MIMETYPE, SIGNATURE } from './pack-names.ts'
import { type Check, PackReport } from './pack-report.ts'
import type { PackScope, PackSource } from './ports.ts'
import { fieldsOf, readIndex, readJson } from './read-parts.ts'
import { formatScope, readScope } from './scope-text.ts'
import { type ProvenControl, type TrustedKey, verifyControl } from './verify-control.ts'
import { verifyLanes } from './verify-lanes.ts'
import { verifyOutside } from './verify-outside.ts'
import { verifyRecords } from './verify-records.ts'

export interface PackVerification {
  readonly source: PackSource
  /** Key of the control lane, from outside the pack: a present or a former one. Everything is trusted through it. */
  readonly controlKey: TrustedKey
  /** Keys of witnesses, from outside as well; may be empty. */
  readonly witnesses?: readonly Verifier[]
  /** PEM certificates of time stamping authorities, from outside; may be empty. */
  readonly timeAuthorities?: readonly string[]
  readonly payload?: KeptPayload | null
}

export interface VerifiedPack {
  readonly good: boolean
  readonly checks: readonly Check[]
  /** What the pack says of itself; null: nothing that can be read. To be believed only where the checks are good. */
  readonly about: Pick<AboutPack, 'scope' | 'madeAt' | 'gateway' | 'records'> | null
  readonly signedAt: string | null
  /** SHA-256 of the certificate that signed the pack, hex. */
  readonly certificate: string | null
}

/**
 * Checks a pack with nothing but public keys: its form byte by byte, its signature, and that its records lie in lanes that the
 * control lane endorsed and named. Never rejects for what is in a pack, only where it cannot be read.
 */
export async function verifyPack(verification: PackVerification): Promise<VerifiedPack> {
  const { source, controlKey, witnesses = [], timeAuthorities = [], payload = null } = verification
  const report = new PackReport()
  const pack = new OpenedPack(source, report)
  const layout = faultOfLayout(source.names)
  if (layout !== null) {
    report.wrong('container', layout)
    return { good: false, checks: report.checks(), about: null, signedAt: null, certificate: null }
  }
  if (Buffer.from(await pack.read(MIMETYPE)).toString('latin1') !== ASIC_E)
    report.wrong('container', 'mimetype is another one')
  const about = readAbout(await pack.read(FILES.about))
  if (!about) report.wrong('container', `${FILES.about} does not say what the pack is about`)

  const control = await verifyControl(pack, controlKey, report)
  const signed = await verifySignature(pack, control, report)
  if (control && about) {
    const trees = await verifyLanes(pack, control, report)
    const records = await verifyRecords(pack, about.scope, control, trees, report)
    if (records.count !== about.records) report.wrong('records', `there should be ${about.records}`)
    await verifyOutside(pack, control, { witnesses, timeAuthorities }, report)
    if (payload) matchPayload(payload, records, report)
    else report.notChecked('payload', 'none was given')
  }
  await verifyFiles(pack, source.names, report)
  report.good('container', `${source.names.length} files`)
  return {
    good: report.isGood,
    checks: report.checks(),
    about: about && { ...about, scope: formatScope(about.scope) },
    ...signed,
  }
}

/** The signature holds over the manifest, and the control lane knows its key. */
async function verifySignature(pack: OpenedPack, control: ProvenControl | null, report: PackReport) {
  const signature = verifyDetached(await pack.read(SIGNATURE), await pack.read(MANIFEST))
  if (!signature.ok) {
    report.wrong('signature', signature.error)
    return { signedAt: null, certificate: null }
  }
  const { certificate, publicKey, signedAt } = signature.value
  const key = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  const isKnown = [...(control?.records.values() ?? [])].some(
    record =>
      record.kind === 'key' &&
      textOf(record, 'use') === 'packs' &&
      textOf(record, 'event') === 'registered' &&
      textOf(record, 'key') === key,
  )
  const [pem] = blocksOf('CERTIFICATE', Buffer.from(await pack.read(FILES.certificate)).toString('latin1'))
  if (control && !isKnown) report.wrong('signature', 'the control lane does not know its key')
  if (pem !== pemOf('CERTIFICATE', certificate))
    report.wrong('signature', `${FILES.certificate} is another certificate`)
  const at = signedAt.toISOString()
  if (control) report.good('signature', `CAdES, made at ${at} by the key ${key}, which the control lane knows`)
  return { signedAt: at, certificate: createHash('sha256').update(certificate).digest('hex') }
}

/** Every file is what the manifest says, and no other is there. */
async function verifyFiles(pack: OpenedPack, names: readonly string[], report: PackReport): Promise<void> {
  const found = Buffer.from(await pack.read(MANIFEST)).toString('utf8')
  const difference = differenceOf(found, await pack.manifest())
  if (difference !== null) return report.wrong('files', difference)
  report.good('files', `${names.length - 3} files are those that were signed`)
}

interface ReadAbout {
  readonly scope: PackScope
  readonly records: number
  readonly madeAt: string
  readonly gateway: string
}

function readAbout(bytes: Uint8Array): ReadAbout | null {
  const fields = fieldsOf(readJson(bytes))
  const scope = readScope(fields.scope)
  const records = readIndex(fields.records)
  const madeAt = parseInstant(typeof fields.madeAt === 'string' ? fields.madeAt : '')
  const gateway = parseGatewayId(typeof fields.gateway === 'string' ? fields.gateway : '')
  if (fields.v !== 1 || !scope || records === null || !madeAt.ok || !gateway.ok) return null
  return { scope, records, madeAt: formatInstant(madeAt.value), gateway: gateway.value }
}

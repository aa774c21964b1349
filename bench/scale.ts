/** `npm run bench:scale`: a configuration of 100,000 agreements: from the stored text to the first exchange, and one change of it. */
import { parseArgs } from 'node:util'
import { uuidv7 } from 'uuidv7'
import { applyEdits, editsBetween } from '../gateway/configuration/edits.ts'
import type { ConfigurationDocument } from '../gateway/configuration/document.ts'
import { exportDirectory } from '../gateway/configuration/export-directory.ts'
import { parseChangeId } from '../gateway/domain/change-id.ts'
import { instantOfMillis } from '../gateway/domain/instant.ts'
import { parseOfficerId } from '../gateway/domain/officer-id.ts'
import { must } from '../gateway/domain/result.ts'
import type { RevisionNumber } from '../gateway/domain/revision-number.ts'
import type { ChangeText } from '../gateway/snapshot/change.ts'
import { makeGenesis, makeRevision } from '../gateway/snapshot/revision-text.ts'
import { signChange } from '../gateway/snapshot/sign-change.ts'
import { compileSnapshot } from '../gateway/snapshot/snapshot.ts'
import { type VerifiedRevision, verifyGenesis, verifyNext } from '../gateway/snapshot/verify-revision.ts'
import { LARGE, largeDocument, type Scale } from './large-document.ts'
import { megabytes, round, table } from './print.ts'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, share: { type: 'string', default: '1' } },
})
const share = Number(values.share)
const scale: Scale = {
  units: LARGE.units * share,
  systems: LARGE.systems * share,
  services: LARGE.services * share,
  agreements: LARGE.agreements * share,
}

const CHANGES = 5
const steps: { step: string; millis: number }[] = []
function timed<T>(step: string, work: () => T): T {
  const began = performance.now()
  const result = work()
  steps.push({ step, millis: performance.now() - began })
  return result
}

const { document: made, officers } = await largeDocument(scale)
const genesis = timed('write the text of the genesis', () => makeGenesis(made))
const now = instantOfMillis(Date.now())

let verified = timed('verify the genesis (a start)', () => must(verifyGenesis(genesis, genesis.digest)))
let snapshot = timed('compile its snapshot (a start)', () =>
  compileSnapshot(verified.configuration, verified.number, verified.digest),
)
globalThis.gc?.()
const { heapUsed, rss } = process.memoryUsage()

/** One agreement, signed by two. */
function changed(before: VerifiedRevision, n: number) {
  const after: ConfigurationDocument = {
    ...before.document,
    agreements: before.document.agreements.map((agreement, index) =>
      index === n ? { ...agreement, suspended: true } : agreement,
    ),
  }
  const text: ChangeText = {
    id: must(parseChangeId(uuidv7())),
    base: { number: before.number, digest: before.digest },
    authors: [must(parseOfficerId('security-1'))],
    title: 'a',
    reason: 'a',
    edits: timed('find what differs', () => editsBetween(before.document, after)),
    applyAt: null,
  }
  const signatures = officers.map((key, index) =>
    signChange(text, index === 0 ? 'propose' : 'approve', must(parseOfficerId(`security-${index + 1}`)), key),
  )
  return makeRevision((before.number + 1) as RevisionNumber, before.digest, { text, signatures })
}

for (let n = 0; n < CHANGES; n++) {
  const next = changed(verified, n * 17)
  verified = timed('verify one change', () => must(verifyNext(next, verified, now)))
  snapshot = timed('compile the snapshot behind it', () =>
    compileSnapshot(verified.configuration, verified.number, verified.digest, snapshot),
  )
}

const many = verified.document.agreements.map(agreement => ({ ...agreement, ceiling: 'internal' }))
const edits = timed('find what differs where every agreement does', () =>
  editsBetween(verified.document, { ...verified.document, agreements: many }),
)
timed('apply as many edits', () => must(applyEdits(verified.document, edits)))
timed('export as a directory', () => exportDirectory(verified.document))

const result = {
  scale,
  textBytes: Buffer.byteLength(genesis.content),
  heapBytes: heapUsed,
  residentBytes: rss,
  // The last of a step: the first ones also warm the compiler up.
  millis: Object.fromEntries(steps.map(({ step, millis }) => [step, Math.round(millis)])),
}
if (values.json) console.log(JSON.stringify(result, null, 2))
else {
  console.log(
    `${scale.units} units, ${scale.systems} systems, ${scale.services} services, ${scale.agreements} agreements: ` +
      `a text of ${megabytes(result.textBytes)}; heap ${megabytes(heapUsed)}, resident ${megabytes(rss)} with one snapshot`,
  )
  console.log(
    table(
      ['step', 'ms'],
      Object.entries(result.millis).map(([step, millis]) => [step, round(millis, 0)]),
    ),
  )
}

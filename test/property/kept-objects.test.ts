import { beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { ConfigurationDocument } from '../../gateway/configuration/document.ts'
import { locateInRevision } from '../../gateway/configuration/locate.ts'
import type { Configuration } from '../../gateway/configuration/objects.ts'
import { parseConfiguration } from '../../gateway/configuration/parse-configuration.ts'
import { digestOf } from '../../gateway/domain/digest.ts'
import { must } from '../../gateway/domain/result.ts'
import { GENESIS } from '../../gateway/domain/revision-number.ts'
import { compileSnapshot, type Snapshot } from '../../gateway/snapshot/snapshot.ts'
import { demoCertificates, demoFiles } from '../unit/configuration/demo-directory.ts'
import { documentOf } from '../unit/configuration/read-and-parse.ts'

let demo: ConfigurationDocument
let parsed: Configuration
let snapshot: Snapshot
const locate = locateInRevision(2)
beforeAll(async () => {
  demo = documentOf(demoFiles(), await demoCertificates())
  parsed = must(parseConfiguration(demo, locate))
  snapshot = compileSnapshot(parsed, GENESIS, digestOf('demo'))
})

type Fields = Readonly<Record<string, unknown>>
const LISTS = ['units', 'systems', 'issuers', 'purposes', 'officers', 'services', 'agreements', 'guardrails'] as const

const CAN_BE_SUSPENDED: ReadonlySet<string> = new Set(['systems', 'services', 'agreements'])

/** What an edit does to one object: much of it makes a configuration that does not hold together. */
const edits = fc.record({
  list: fc.constantFrom(...LISTS),
  at: fc.nat(20),
  how: fc.oneof(
    fc.constantFrom('remove', 'twice', 'null', 'first-of-list'),
    // What many drawn values make of an object does not hold together: these do.
    { weight: 4, arbitrary: fc.constant('suspend') },
    { weight: 2, arbitrary: fc.constant('label') },
    fc.record({
      member: fc.constantFrom('suspended', 'ceiling', 'id', 'code', 'name', 'title', 'purposes', 'openapi'),
      value: fc.constantFrom(true, 'restricted', 'public', 'G99.21', 'a-b', 7, ['reference-data'], ['supply'], {
        en: 'a',
        vi: 'b',
      }),
    }),
  ),
})
type Drawn = typeof edits extends fc.Arbitrary<infer T> ? T : never

function edited(document: ConfigurationDocument, { list, at, how }: Drawn): ConfigurationDocument {
  const objects = (document[list] ?? []) as unknown as readonly Fields[]
  const index = at % Math.max(1, objects.length)
  const object = objects[index]
  if (object === undefined) return document
  if (how === 'suspend')
    return CAN_BE_SUSPENDED.has(list)
      ? { ...document, [list]: objects.with(index, { ...object, suspended: true }) }
      : document
  // Of the operations of a service.
  if (how === 'label') {
    const lowered = JSON.stringify(object).replaceAll('"x-classification":"internal"', '"x-classification":"public"')
    return { ...document, [list]: objects.with(index, JSON.parse(lowered) as Fields) }
  }
  const after =
    how === 'remove'
      ? objects.toSpliced(index, 1)
      : how === 'twice'
        ? [...objects, object]
        : how === 'null'
          ? objects.with(index, null as never)
          : how === 'first-of-list'
            ? [object]
            : objects.with(index, { ...object, [how.member]: how.value })
  return { ...document, [list]: after }
}

/** A snapshot made of the one before says what one made anew says. */
function expectSameAnswers(configuration: Configuration): void {
  const [made, anew] = [snapshot, null].map(before =>
    compileSnapshot(configuration, GENESIS, digestOf('edited'), before),
  )
  const { systems, services, purposes } = parsed
  const answersOf = (each: Snapshot | undefined): unknown => ({
    policies: systems.map(({ id: consumer }) => [
      each?.agreementsOf(consumer),
      services.map(({ id: service, operations }) =>
        operations.map(({ name }) => [
          each?.labelOf(service, name),
          each?.isAgreed(consumer, service, name),
          purposes.map(({ code }) => each?.agreementsFor(consumer, service, name, code)),
        ]),
      ),
    ]),
    systems: systems.map(({ id, bindings, signingKeys }) => [
      each?.systemOf(id),
      bindings.map(({ key }) => each?.systemByKey(key)),
      signingKeys.map(key => each?.signingKey(key.id)?.system),
    ]),
    services: services.map(({ id }) => [each?.serviceOf(id)?.service, each?.serviceOf(id)?.provider]),
    issuers: parsed.issuers.map(({ key }) => each?.issuerByKey(key)),
  })
  expect(answersOf(made)).toEqual(answersOf(anew))
}

it('what is kept of the revision before makes no difference, right or wrong', () => {
  let held = 0
  fc.assert(
    fc.property(fc.array(edits, { minLength: 1, maxLength: 3 }), list => {
      const document = list.reduce(edited, demo)
      const anew = parseConfiguration(document, locate)
      const kept = parseConfiguration(document, locate, { document: demo, configuration: parsed })
      expect(kept).toEqual(anew)
      if (!kept.ok) return
      held++
      expectSameAnswers(kept.value)
      expect(Object.isFrozen(kept.value.agreements)).toBe(true)
      for (const [index, agreement] of document.agreements.entries()) {
        const before = demo.agreements.indexOf(agreement)
        const isSameService = demo.services.some(
          service => service.id === agreement.service && document.services.includes(service),
        )
        // Not only equal: nothing was done.
        if (before >= 0 && isSameService) expect(kept.value.agreements[index]).toBe(parsed.agreements[before])
      }
    }),
    { numRuns: 300 },
  )
  expect(held).toBeGreaterThan(100)
})

it('what an agreement was made with is looked at: a service that lost an operation is seen', () => {
  const [service, ...services] = demo.services
  const { openapi, ...rest } = service as unknown as { openapi: { paths: Fields } }
  const [kept] = Object.entries(openapi.paths)
  if (!kept) throw new TypeError('the service has operations')
  const less = { ...rest, openapi: { ...openapi, paths: Object.fromEntries([kept]) } }
  const document = { ...demo, services: [less, ...services] } as unknown as ConfigurationDocument
  const before = { document: demo, configuration: parsed }
  expect(parseConfiguration(document, locate, before)).toEqual(parseConfiguration(document, locate))
})

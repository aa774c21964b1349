import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Configuration, Service } from '../../../gateway/configuration/objects.ts'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { digestOf } from '../../../gateway/domain/digest.ts'
import { parseAgreementId, parsePurpose } from '../../../gateway/domain/purpose.ts'
import { must } from '../../../gateway/domain/result.ts'
import { GENESIS } from '../../../gateway/domain/revision-number.ts'
import { parseOperationName, parseServiceId } from '../../../gateway/domain/service-id.ts'
import { parseSystemId } from '../../../gateway/domain/system-id.ts'
import type { Granted } from '../../../gateway/policy/decide.ts'
import { indexAgreements } from '../../../gateway/snapshot/index-agreements.ts'
import { compileSnapshot, type Snapshot } from '../../../gateway/snapshot/snapshot.ts'
import { demoCertificates, demoFiles } from '../configuration/demo-directory.ts'
import { readAndParse } from '../configuration/read-and-parse.ts'
import { agreement, CONSUMER, OPERATION, OTHER_PURPOSE, PURPOSE, SERVICE } from '../policy/world.ts'

let configuration: Configuration
let snapshot: Snapshot
beforeAll(async () => {
  configuration = must(readAndParse(demoFiles(), await demoCertificates()))
  snapshot = compileSnapshot(configuration, GENESIS, digestOf('genesis'))
})

const training = must(parseSystemId('G99.23/training'))
const operation = (name: string) => must(parseOperationName(name))

/** A look-up's whole chain. */
function chainOf(first: Granted | null): readonly Granted[] {
  return first === null ? [] : [first, ...chainOf(first.next)]
}

describe('the index of agreements', () => {
  const get = operation('getProvince')
  const never = operation('deleteProvince')
  const grants = [OPERATION, get].map(name => ({ name, request: null, response: null }))
  const both = agreement({ id: must(parseAgreementId('both')), operations: grants, purposes: [PURPOSE, OTHER_PURPOSE] })
  const later = agreement({ id: must(parseAgreementId('later')) })
  const other = must(parseServiceId('G99.10/identity/v1'))
  const offered = { operations: [OPERATION, get, never].map(name => ({ name, classification: 'internal' })) }
  const services = [SERVICE, other].map(id => ({ id, ...offered })) as unknown as readonly Service[]
  const title = { en: 'a', vi: 'a' }
  const purposes = [PURPOSE, OTHER_PURPOSE].map(code => ({ code, title }))
  const index = indexAgreements({ services, agreements: [both, later], purposes }, null).lookups

  it.each([
    [OPERATION, PURPOSE, ['later', 'both'], true],
    [OPERATION, OTHER_PURPOSE, ['both'], true],
    [get, PURPOSE, ['both'], true],
    [get, must(parsePurpose('identity-check')), [], true],
    [never, PURPOSE, [], false],
  ])('%s for %s: %j', (name, purpose, ids, agreed) => {
    const found = chainOf(index.agreementsFor(CONSUMER, SERVICE, name, purpose))
    expect(found.map(granted => granted.agreement.id)).toEqual(ids)
    for (const { grant } of found) expect(grant.name).toBe(name)
    expect(index.isAgreed(CONSUMER, SERVICE, name)).toBe(agreed)
  })

  it('knows no other consumer and no other service', () => {
    expect(index.agreementsFor(training, SERVICE, OPERATION, PURPOSE)).toBeNull()
    expect(index.agreementsFor(CONSUMER, other, OPERATION, PURPOSE)).toBeNull()
    expect(index.agreementsFor(CONSUMER, must(parseServiceId('G99.10/no/v1')), OPERATION, PURPOSE)).toBeNull()
    expect(index.isAgreed(training, SERVICE, OPERATION)).toBe(false)
    expect(index.isAgreed(CONSUMER, other, OPERATION)).toBe(false)
  })

  it('is not made of an agreement about an operation or for a purpose that does not exist', () => {
    expect(() => indexAgreements({ services: [], agreements: [both], purposes }, null)).toThrow('cross-checked')
    expect(() => indexAgreements({ services, agreements: [both], purposes: [] }, null)).toThrow('cross-checked')
  })
})

describe('a snapshot of the demo world', () => {
  it('is frozen', () => {
    expect(Object.isFrozen(snapshot)).toBe(true)
    expect(Object.isFrozen(snapshot.configuration)).toBe(true)
    expect([snapshot.revision, snapshot.digest, snapshot.mode]).toEqual([0, digestOf('genesis'), 'development'])
  })

  it('finds every system by each of its keys, and no other', () => {
    for (const system of configuration.systems)
      for (const binding of system.bindings) expect(snapshot.systemByKey(binding.key)).toEqual({ system, binding })
    expect(snapshot.systemByKey(bindingOf(Buffer.from('stranger')))).toBeNull()
    // The key of an officer or an issuer is no system's.
    for (const { key } of [...configuration.officers, ...configuration.issuers])
      expect(snapshot.systemByKey(key)).toBeNull()
  })

  it('finds issuers by key, and trusts the whole chain above them', () => {
    const [issuer] = configuration.issuers
    expect(issuer && snapshot.issuerByKey(issuer.key)).toBe(issuer)
    expect(snapshot.issuerByKey(bindingOf(Buffer.from('stranger')))).toBeNull()
    expect(snapshot.trust).toEqual(issuer?.certificates)
  })

  it('routes each operation of each service, with its label and provider', () => {
    for (const service of configuration.services) {
      const routed = snapshot.serviceOf(service.id)
      expect(routed?.provider.id).toBe(service.provider)
      for (const each of service.operations) {
        const segments = each.template
          .slice(1)
          .replaceAll(/\{[^}]*\}/g, 'x')
          .split('/')
        expect(routed?.router.match(each.method, segments)?.operation).toBe(each)
        expect(snapshot.labelOf(service.id, each.name)).toBe(each.classification)
      }
      expect(snapshot.labelOf(service.id, operation('nothing'))).toBeNull()
    }
    expect(snapshot.serviceOf(must(parseServiceId('G99.99/nothing/v1')))).toBeNull()
    expect(snapshot.labelOf(must(parseServiceId('G99.99/nothing/v1')), OPERATION)).toBeNull()
  })

  it('gives each agreement to its consumer alone', () => {
    for (const each of configuration.agreements) {
      expect(snapshot.agreementsOf(each.consumer)).toContain(each)
      for (const grant of each.operations)
        for (const purpose of each.purposes)
          expect(chainOf(snapshot.agreementsFor(each.consumer, each.service, grant.name, purpose))).toContainEqual(
            expect.objectContaining({ agreement: each, grant, from: each.from, until: each.until }),
          )
    }
    expect(snapshot.agreementsOf(must(parseSystemId('G99.99/nobody')))).toEqual([])
    expect(snapshot.isAgreed(must(parseSystemId('G99.99/nobody')), SERVICE, OPERATION)).toBe(false)
    expect(snapshot.isAgreed(training, SERVICE, operation('getProvince'))).toBe(false)
  })

  it('names a granted field set by its content: order does not matter, and it is compiled once', () => {
    const first = snapshot.agreementsFor(training, SERVICE, OPERATION, PURPOSE)
    if (!first) throw new TypeError('the training system may list provinces')
    const set = snapshot.responseFields(first.grant)
    expect(set).toBe(snapshot.responseFields(first.grant))
    const turned = { ...first.grant, response: first.grant.response?.toReversed() ?? null }
    expect(snapshot.responseFields(turned)?.id).toBe(set?.id)
    expect(snapshot.responseFields({ ...first.grant, response: [] })?.id).not.toBe(set?.id)
    // All fields, and none to be granted in requests.
    expect(snapshot.responseFields({ ...first.grant, response: null })).toBeNull()
    expect(snapshot.requestFields(first.grant)).toBeNull()
  })

  it('does not compile a service without its provider', () => {
    const broken = { ...configuration, systems: [] }
    expect(() => compileSnapshot(broken, GENESIS, digestOf('x'))).toThrow('cross-checked')
  })
})

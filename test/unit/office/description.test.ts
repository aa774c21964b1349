import { describe, expect, it } from '@jest/globals'
import { OBJECT_KINDS } from '../../../gateway/configuration/object-kinds.ts'
import { CHANGE_STATES } from '../../../gateway/control/stored-change.ts'
import { ROLES } from '../../../gateway/domain/officer-id.ts'
import { inputChecks } from '../../../gateway/office/check-input.ts'
import { description, operations } from '../../../gateway/office/description.ts'
import { handlers } from '../../../gateway/office/handlers.ts'
import { mayCall, operationsOf, RIGHTS } from '../../../gateway/office/rights.ts'

const { Kind, State, Role } = description.components.schemas

describe('schemas/office/openapi.json', () => {
  it('has an operation, a right and a handler for each name', () => {
    const names = operations.map(({ id }) => id).sort()
    expect(new Set(names).size).toBe(names.length)
    expect(Object.keys(RIGHTS).sort()).toEqual(names)
    expect(Object.keys(handlers()).sort()).toEqual(names)
  })

  it('lists what the code knows: kinds of objects, states of a change, roles', () => {
    expect([...Kind.enum].sort()).toEqual(Object.keys(OBJECT_KINDS).sort())
    expect([...State.enum].sort()).toEqual([...CHANGE_STATES].sort())
    expect([...Role.enum].sort()).toEqual([...ROLES].sort())
  })

  it('describes closed objects only, but where it says that it does not', () => {
    const open = Object.entries(description.components.schemas).flatMap(([name, schema]) =>
      'type' in schema && schema.type === 'object' && !('additionalProperties' in schema) ? [name] : [],
    )
    expect(open).toEqual(['Plain', 'WebAuthn'])
  })

  it('describes input of every operation that can be checked', () => {
    for (const operation of operations) expect(() => inputChecks(operation)).not.toThrow()
  })

  it('describes the refusals of every operation', () => {
    for (const { statuses, body, id } of operations) {
      expect([id, ['401', '403', '429', '503'].filter(status => !statuses.includes(status))]).toEqual([id, []])
      if (body !== null)
        expect([id, ['413', '415', '422'].filter(status => !statuses.includes(status))]).toEqual([id, []])
    }
  })

  it('gives who has two roles what each of them has', () => {
    expect(mayCall([], 'readMe')).toBe(false)
    const both = new Set([...operationsOf(['operator']), ...operationsOf(['unit-administrator'])])
    expect(new Set(operationsOf(['operator', 'unit-administrator']))).toEqual(both)
  })
})

describe('the input of an operation', () => {
  const checksOf = (id: string) => {
    const operation = operations.find(candidate => candidate.id === id)
    if (!operation) throw new Error(`no ${id}`)
    return inputChecks(operation)
  }
  const edit = { kind: 'unit', id: 'G99.21', value: null }
  const draft = { title: 'a', reason: 'b', edits: [edit] }

  it.each<[string, unknown]>([
    ['a whole draft', draft],
    ['with a time', { ...draft, applyAt: '2026-12-01T00:00:00+07:00' }],
    ['with the digest of what it replaces', { ...draft, edits: [{ ...edit, was: 'a'.repeat(64) }] }],
  ])('%s passes', (_, body) => {
    expect(checksOf('draftChange').body(body as never).ok).toBe(true)
  })

  it.each<[string, unknown, string]>([
    ['without edits', { ...draft, edits: [] }, '/edits'],
    ['without a title', { reason: 'b', edits: [edit] }, '/title'],
    ['of an unknown kind', { ...draft, edits: [{ ...edit, kind: 'genesis' }] }, '/edits/0/kind'],
    ['with a digest that is none', { ...draft, edits: [{ ...edit, was: 'a' }] }, '/edits/0/was'],
    ['that is a list', [draft], ''],
  ])('a draft %s does not', (_, body, pointer) => {
    const checked = checksOf('draftChange').body(body as never)
    expect(new Set(checked.ok ? [] : checked.error.map(violation => violation.pointer))).toEqual(new Set([pointer]))
  })

  it('makes numbers of parameters, and takes none that is not described', () => {
    const checks = checksOf('listChanges')
    expect(checks.parameters({ limit: '7' })).toEqual({ ok: true, value: { limit: 7 } })
    for (const raw of [{ limit: '0' }, { limit: '201' }, { limit: 'x' }, { limit: ['1', '2'] }, { more: '1' }])
      expect(checks.parameters(raw).ok).toBe(false)
  })
})

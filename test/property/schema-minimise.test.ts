import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compileGrant } from '../../gateway/schema/grant.ts'
import type { JsonValue } from '../../gateway/schema/json-value.ts'
import { minimise, ungranted } from '../../gateway/schema/minimise.ts'

const name = fc.constantFrom('a', 'b', 'a/b', '~', '*', 'toString')
const { value } = fc.letrec<{ value: JsonValue }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.nat({ max: 9 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const token = fc.constantFrom('a', 'b', 'a~1b', '~0', 'toString', '*')
const grants = fc.array(
  fc.array(token, { maxLength: 4 }).map(tokens => tokens.map(t => `/${t}`).join('')),
  { maxLength: 4 },
)

type Step = string | number
type Leaf = readonly [path: readonly Step[], value: JsonValue]

function leavesOf(json: JsonValue, path: readonly Step[] = []): Leaf[] {
  if (typeof json !== 'object' || json === null) return [[path, json]]
  if (Array.isArray(json)) return (json as JsonValue[]).flatMap((item, i) => leavesOf(item, [...path, i]))
  return Object.entries<JsonValue>(json as Record<string, JsonValue>).flatMap(([key, member]) =>
    leavesOf(member, [...path, key]),
  )
}

/** The rule, naively: a leaf is granted when some pointer is a prefix of its path. */
const isGranted = (path: readonly Step[], pointers: readonly string[]): boolean =>
  pointers.some(pointer => {
    const tokens = pointer
      .split('/')
      .slice(1)
      .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    return tokens.length <= path.length && tokens.every((part, i) => part === '*' || part === path[i])
  })

// Items that go make later ones move up: leaves are compared without their indexes, in order.
const named = (leaves: Leaf[]) => leaves.map(([path, leaf]) => [path.filter(step => typeof step === 'string'), leaf])

it('keeps exactly the granted leaves', () => {
  fc.assert(
    fc.property(value, grants, (json, pointers) => {
      const kept = minimise(json, compileGrant(pointers))
      const expected = leavesOf(json).filter(([path]) => isGranted(path, pointers))
      // A scalar document that is not granted becomes null, which is a leaf.
      if (kept === null) expect(expected).toEqual([])
      else expect(named(leavesOf(kept))).toEqual(named(expected))
    }),
    { numRuns: 1000 },
  )
})

it('is idempotent, and gives the same reference exactly when it changes nothing', () => {
  fc.assert(
    fc.property(value, grants, (json, pointers) => {
      const grant = compileGrant(pointers)
      const before = JSON.stringify(json)
      const kept = minimise(json, grant)
      expect(JSON.stringify(json)).toBe(before)
      expect(kept === json).toBe(JSON.stringify(kept) === before)
      expect(minimise(kept, grant)).toBe(kept)
    }),
    { numRuns: 1000 },
  )
})

it('refuses a request exactly where minimise would take something away', () => {
  fc.assert(
    fc.property(value, grants, (json, pointers) => {
      const grant = compileGrant(pointers)
      expect(ungranted(json, grant) === null).toBe(minimise(json, grant) === json)
    }),
    { numRuns: 1000 },
  )
})

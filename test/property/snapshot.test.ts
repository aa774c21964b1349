import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Operation } from '../../gateway/configuration/objects.ts'
import type { Method } from '../../gateway/domain/service-id.ts'
import { makeRouter } from '../../gateway/snapshot/router.ts'
import { operation } from '../unit/snapshot/world.ts'

const method = fc.constantFrom<Method>('GET', 'POST')
const template = fc
  .array(fc.constantFrom('a', 'b', '{}'), { minLength: 1, maxLength: 4 })
  .map(segments => `/${segments.map((segment, i) => (segment === '{}' ? `{p${i}}` : segment)).join('/')}`)
const operations = fc
  .uniqueArray(fc.tuple(method, template), { maxLength: 8, selector: pair => pair.join(' ') })
  .map(list => list.map(([verb, path]) => operation(verb, path)))
const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })

/** Every operation that fits, the one with literals furthest to the front first. */
function naive(all: readonly Operation[], verb: string, segments: readonly string[]): Operation | null {
  const shape = (each: Operation) =>
    each.template
      .slice(1)
      .split('/')
      .map(s => (s.startsWith('{') ? '1' : '0'))
      .join('')
  const fits = (each: Operation) => {
    const parts = each.template.slice(1).split('/')
    return parts.length === segments.length && parts.every((part, i) => part.startsWith('{') || part === segments[i])
  }
  const found = all.filter(each => each.method === verb && fits(each))
  return found.toSorted((a, b) => (shape(a) < shape(b) ? -1 : 1))[0] ?? null
}

describe('the router', () => {
  it('finds what a walk over all templates finds', () => {
    fc.assert(
      fc.property(operations, method, path, (all, verb, segments) => {
        const match = makeRouter(all).match(verb, segments)
        expect(match?.operation ?? null).toBe(naive(all, verb, segments))
        for (const [name, value] of match?.pathParameters ?? []) expect(segments[Number(name.slice(1))]).toBe(value)
      }),
      { numRuns: 4000 },
    )
  })
})

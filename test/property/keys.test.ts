import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { generateKeyPairSync } from 'node:crypto'
import { bindingOf } from '../../gateway/domain/binding.ts'
import { type Instant, instantOfMillis } from '../../gateway/domain/instant.ts'
import {
  formatInventory,
  hasten,
  type InventoryKey,
  parseInventory,
  planRotation,
  stateOf,
} from '../../gateway/identity/key-inventory.ts'

const T0 = instantOfMillis(Date.UTC(2026, 10, 22))
const SECOND = 1_000_000

/** Making keys costs more than all the rest: some, used in turn. */
const publicKeys = Array.from({ length: 12 }, () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey)

function keyOf(nth: number, activates: Instant): InventoryKey {
  const publicKey = publicKeys[nth] as (typeof publicKeys)[number]
  const id = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  const rest = {
    algorithm: 'ES256',
    place: 'file',
    name: `tokens-${nth}.key`,
    until: null,
    isDestroyed: false,
  } as const
  return { use: 'tokens', id, publicKey, since: T0, activates, ...rest }
}

const step = fc.record({
  /** Seconds that pass before it. */
  wait: fc.integer({ min: 0, max: 100 }),
  lead: fc.integer({ min: 0, max: 50 }),
  overlap: fc.option(fc.integer({ min: 0, max: 200 })),
  now: fc.boolean(),
})

test('however keys are rotated: one signs at any time, and none signs again once it is retired', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: publicKeys.length - 1 }), steps => {
      let keys: readonly InventoryKey[] = [keyOf(0, T0)]
      const retired = new Set<string>()
      let at = T0
      const check = (until: number): void => {
        for (; at <= until; at = (at + SECOND) as Instant) {
          const states = keys.map(key => stateOf(key, keys, at))
          const count = (state: string): number => states.filter(other => other === state).length
          // Plain comparisons: this is asked some ten thousand times.
          if (count('current') !== 1 || count('next') > 1) throw new Error(`at ${at}: ${states.join(', ')}`)
          keys.forEach(({ id }, nth) => {
            if (retired.has(id) && states[nth] !== 'retired') throw new Error(`${id} came back`)
            if (states[nth] === 'retired') retired.add(id)
          })
        }
      }
      steps.forEach(({ wait, lead, overlap, now }, nth) => {
        check(at + wait * SECOND)
        const micros = overlap === null ? null : overlap * SECOND
        const hastened = now ? hasten(keys, 'tokens', micros, at) : null
        const made = keyOf(nth + 1, now ? at : ((at + lead * SECOND) as Instant))
        const planned = planRotation(keys, made, micros, at)
        keys = hastened ?? (planned.ok ? planned.value : keys)
        const read = parseInventory(formatInventory(keys))
        expect(read.ok && formatInventory(read.value)).toBe(formatInventory(keys))
      })
      check(at + 300 * SECOND)
    }),
    { numRuns: 60 },
  )
})

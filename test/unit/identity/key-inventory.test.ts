import { describe, expect, it } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { bindingOf } from '../../../gateway/domain/binding.ts'
import { type Instant, instantOfMillis } from '../../../gateway/domain/instant.ts'
import {
  formatInventory,
  hasten,
  type InventoryKey,
  parseInventory,
  planRotation,
  stateOf,
} from '../../../gateway/identity/key-inventory.ts'

const T0 = instantOfMillis(Date.UTC(2026, 10, 22))
const HOUR = 3_600_000_000
const later = (hours: number): Instant => (T0 + hours * HOUR) as Instant

function keyOf(activates: Instant, changes: Partial<InventoryKey> = {}): InventoryKey {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const id = bindingOf(publicKey.export({ type: 'spki', format: 'der' }))
  const rest = { algorithm: 'ES256', place: 'file', name: 'tokens.key', until: null, isDestroyed: false } as const
  return { use: 'tokens', id, publicKey, since: T0, activates, ...rest, ...changes }
}

const first = keyOf(T0)
const second = keyOf(later(2), { name: 'tokens-2.key' })
const planned = () => {
  const plan = planRotation([first], second, HOUR, later(1))
  if (!plan.ok) throw new Error(plan.error)
  return plan.value
}

describe('a key over its life', () => {
  it.each([
    // hours, states of the first and the second
    [1, ['current', 'next']],
    [1.99, ['current', 'next']],
    [2, ['previous', 'current']],
    [2.99, ['previous', 'current']],
    [3, ['retired', 'current']],
  ])('%d hours in: %j', (hours, states) => {
    expect(planned().map(key => stateOf(key, planned(), later(hours)))).toEqual(states)
  })

  it('has one successor at a time', () => {
    expect(planRotation(planned(), keyOf(later(5)), HOUR, later(1))).toMatchObject({ ok: false })
    expect(planRotation(planned(), keyOf(later(5)), HOUR, later(2))).toMatchObject({ ok: true })
  })

  it('takes over sooner when hastened, and the overlap counts from then', () => {
    const hastened = hasten(planned(), 'tokens', HOUR, later(1.5)) ?? []
    expect(hastened.map(key => stateOf(key, hastened, later(1.5)))).toEqual(['previous', 'current'])
    expect(hastened.map(key => stateOf(key, hastened, later(2.5)))).toEqual(['retired', 'current'])
    expect(hasten([first], 'tokens', HOUR, later(1))).toBeNull()
  })

  it('is retired at once where it was destroyed', () => {
    const destroyed = { ...first, isDestroyed: true }
    expect(stateOf(destroyed, [destroyed], T0)).toBe('retired')
  })

  it('has nothing to do with keys of another use', () => {
    const answers = keyOf(later(3), { use: 'answers' })
    const plan = planRotation([first, answers], second, HOUR, later(1))
    expect(plan.ok && plan.value.find(({ id }) => id === answers.id)).toEqual(answers)
  })
})

describe('keys.json', () => {
  it('reads back as it was written, and holds no secret', () => {
    const text = formatInventory(planned())
    const read = parseInventory(text)
    expect(read.ok && formatInventory(read.value)).toBe(text)
    expect(text).not.toMatch(/PRIVATE/)
  })

  const change = (from: string | RegExp, to: string) => () => {
    const text = formatInventory([first])
    const changed = text.replace(from, to)
    expect(changed).not.toBe(text)
    return changed
  }
  // Whoever damages it must not make a key disappear or appear.
  it.each<[string, () => string]>([
    ['not JSON', () => '{'],
    ['null', () => 'null'],
    ['a list', () => '[]'],
    ['another version', change('"v": 1', '"v": 2')],
    ['a use that is unknown', change('"tokens"', '"everything"')],
    ['another algorithm', change('"ES256"', '"none"')],
    ['a place that is unknown', change('"file"', '"cloud"')],
    ['a name that climbs', change('"tokens.key"', '"../tokens.key"')],
    ['a name with a slash', change('"tokens.key"', '"a/tokens.key"')],
    ['another id', change(/"id": "./, '"id": "x')],
    ['a public key that is none', change(/"publicKey": "..../, '"publicKey": "AAAA')],
    ['a time that is none', change(/"activates": "2026/, '"activates": "26')],
    ['no end where one is written', change('"until": null', '"until": 7')],
    ['a key twice', () => formatInventory([first, first])],
    [
      'a key of another kind',
      () => formatInventory([{ ...first, publicKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey }]),
    ],
  ])('is refused: %s', (_, text) => {
    expect(parseInventory(text())).toMatchObject({ ok: false })
  })
})

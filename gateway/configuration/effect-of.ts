import { CLASSIFICATIONS } from '../domain/classification.ts'
import type { ObjectKind } from './object-kinds.ts'

/** What a difference does to what crosses. */
export type Effect = 'gives more' | 'takes away'

/** By the value before and the one behind; undefined: absent. */
type Rule = (was: unknown, is: unknown) => Effect | null

const givesIf = (condition: boolean): Effect => (condition ? 'gives more' : 'takes away')

const givesWhenThere: Rule = (was, is) => (was === undefined ? 'gives more' : is === undefined ? 'takes away' : null)
const takesWhenThere: Rule = (was, is) => (was === undefined ? 'takes away' : is === undefined ? 'gives more' : null)
const givesWhenTrue: Rule = (_, is) => givesIf(is === true)
const takesWhenTrue: Rule = (_, is) => givesIf(is !== true)

/** The further on in this order, the more; absent stands where `absent` does. */
const rising =
  (order: readonly string[], absent = ''): Rule =>
  (was, is) => {
    const [from, to] = [was ?? absent, is ?? absent].map(value => order.findIndex(label => label === value))
    return from === to ? null : givesIf((to ?? 0) > (from ?? 0))
  }
const falling = (order: readonly string[], absent: string): Rule => rising(order.toReversed(), absent)

/** Absent: without end. */
const higher: Rule = (was, is) => moreOf(Number(is ?? Infinity), Number(was ?? Infinity))
const later: Rule = (was, is) => moreOf(timeOf(is, Infinity), timeOf(was, Infinity))
const earlier: Rule = (was, is) => moreOf(timeOf(was, -Infinity), timeOf(is, -Infinity))

const moreOf = (a: number, b: number): Effect | null => (a === b ? null : givesIf(a > b))

const timeOf = (value: unknown, absent: number): number =>
  value === undefined ? absent : typeof value === 'string' ? Date.parse(value) : Number.NaN

const KEYS = { '*': givesWhenThere, '*/from': earlier, '*/until': later }
const under = (name: string, rules: Readonly<Record<string, Rule>>): Readonly<Record<string, Rule>> =>
  Object.fromEntries(Object.entries(rules).map(([path, rule]) => [`${name}/${path}`, rule]))

/** `*` is any one token; the empty path is the object itself. What is not here is neither. */
const RULES: Readonly<Record<ObjectKind, Readonly<Record<string, Rule>>>> = {
  unit: {},
  purpose: {},
  system: {
    '': givesWhenThere,
    suspended: takesWhenTrue,
    ...under('bindings', KEYS),
    signingKeys: givesWhenThere,
    ...under('signingKeys', KEYS),
  },
  issuer: {
    '': givesWhenThere,
    'units/*': givesWhenThere,
    namesOfficers: givesWhenTrue,
    san: falling(['absent', 'required'], 'required'),
  },
  officer: {
    '': givesWhenThere,
    'roles/*': givesWhenThere,
    'units/*': givesWhenThere,
    disabled: takesWhenTrue,
    recoveredOn: givesWhenThere,
    secondFactor: falling(['none', 'required'], 'none'),
  },
  service: { '': givesWhenThere, suspended: takesWhenTrue },
  agreement: {
    '': givesWhenThere,
    'purposes/*': givesWhenThere,
    // Absent: all operations, all fields.
    operations: takesWhenThere,
    'operations/*': givesWhenThere,
    'operations/*/request': takesWhenThere,
    'operations/*/request/*': givesWhenThere,
    'operations/*/response': takesWhenThere,
    'operations/*/response/*': givesWhenThere,
    ceiling: rising(CLASSIFICATIONS),
    suspended: takesWhenTrue,
    'valid/from': earlier,
    'valid/until': later,
    hours: takesWhenThere,
    limits: takesWhenThere,
    'limits/*': higher,
    signature: falling(['none', 'optional', 'required'], 'none'),
    token: falling(['none', 'required'], 'none'),
  },
  guardrail: { '': takesWhenThere },
  witness: {},
  'time-authority': {},
  setting: { systemPerSecond: higher },
  'alert-rule': {},
}

/** Whether a difference at this path of an object gives more or takes away; null: neither, or it takes more than this to tell. */
export function effectOf(kind: ObjectKind, path: readonly string[], was: unknown, is: unknown): Effect | null {
  const fits = (pattern: string): boolean => {
    const tokens = pattern === '' ? [] : pattern.split('/')
    return tokens.length === path.length && tokens.every((token, index) => token === '*' || token === path[index])
  }
  const found = Object.entries(RULES[kind]).find(([pattern]) => fits(pattern))
  return found ? found[1](was, is) : null
}

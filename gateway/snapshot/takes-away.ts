import type { Edit } from '../configuration/edits.ts'
import { canonicalJson } from '../configuration/canonical-json.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * Whether an edit does nothing but take away: it suspends a system, an agreement or a service, or ends keys of a system. One officer
 * alone may do that, at night, when a key is stolen; giving back needs two.
 */
export function takesAway({ kind, value }: Edit, present: unknown): boolean {
  if (!isFields(present) || !isFields(value)) return false
  if (kind !== 'system' && kind !== 'agreement' && kind !== 'service') return false
  const { suspended: was = false, ...before } = present
  const { suspended: is = false, ...after } = value
  if (was === true && is !== true) return false
  if (kind !== 'system') return is === true && same(before, after)
  const { bindings: hadBindings, signingKeys: hadKeys = [], ...restBefore } = before
  const { bindings, signingKeys = [], ...restAfter } = after
  return (
    same(restBefore, restAfter) &&
    onlyEnds(hadBindings, bindings, 'key') &&
    onlyEnds(hadKeys, signingKeys, 'publicKey') &&
    !same(present, value)
  )
}

/** Every key that is left was there before, and its window is not wider. */
function onlyEnds(before: unknown, after: unknown, name: string): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return false
  return after.every(key => {
    if (!isFields(key)) return false
    const had: unknown = before.find(candidate => isFields(candidate) && candidate[name] === key[name])
    if (!isFields(had)) return false
    const { until: from, ...restBefore } = had
    const { until: to, ...restAfter } = key
    return same(restBefore, restAfter) && endsNoLater(from, to)
  })
}

function endsNoLater(from: unknown, to: unknown): boolean {
  if (from === to) return true
  // Unreadable times are refused by the configuration; here they must not pass for an earlier end.
  const before = from === undefined ? Infinity : timeOf(from)
  return timeOf(to) <= before
}

const timeOf = (text: unknown): number => (typeof text === 'string' ? Date.parse(text) : NaN)

const same = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

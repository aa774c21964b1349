import type { JsonValue } from '../json-value.ts'
import type { Excess } from './contains.ts'

/** Enough of a value to recognise it by. */
const MOST_SHOWN = 80

const shown = (value: JsonValue | undefined): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text
}

/** Why a value may not fit, in words. `isAnswer`: the value comes from the service; else it is sent to it. */
export function inWords({ keyword, wide, narrow }: Excess, isAnswer: boolean): string {
  if (keyword === 'schema')
    return wide === false ? (isAnswer ? 'may come and is not known' : 'is not taken') : shown(wide)
  if (keyword === 'additionalProperties')
    return isAnswer ? 'members may come that are not known' : 'members that could be sent are not taken'
  if (keyword === 'required' && Array.isArray(wide)) {
    const before = Array.isArray(narrow) ? (narrow as readonly JsonValue[]) : []
    const missing = (wide as readonly JsonValue[]).filter(name => !before.includes(name)).map(String)
    return isAnswer ? `may come without ${missing.join(', ')}` : `${missing.join(', ')} is required`
  }
  return isAnswer
    ? `${keyword} is ${shown(narrow)}; callers know ${shown(wide)}`
    : `${keyword} is ${shown(wide)}; callers know ${shown(narrow)}`
}

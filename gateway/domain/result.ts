/** The result of reading something attacker-controlled: a value, or why not (a refusal is a value, not an exception). */
export type Result<T, E = string> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
export const err = <E>(error: E): { readonly ok: false; readonly error: E } => ({ ok: false, error })

/** The value, or an exception: only for text that our own code wrote. */
export function must<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value
  throw new TypeError(String(result.error))
}

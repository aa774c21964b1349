import { err, ok, type Result } from '../domain/result.ts'

/** Characters of a pointer that leaves the gateway: enough to find a member, too little to carry a payload. */
const MAX_POINTER = 256

// Control, format (bidirectional overrides too), separator and unpaired surrogate characters: nothing that acts on a terminal or a log.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
// Citizen (12 digits), older identity card (9) and telephone numbers are sometimes used as member names; they appear in no error.
const LONG_NUMBER = /\d{9,}/g

/** RFC 6901 section 3: `~` and `/` escaped, so that the name is one reference token. */
export const escapeToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** RFC 6901 section 4: `~1` before `~0`, so that `~01` is `~1`. */
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')

/** The reference tokens of an RFC 6901 pointer; `` is the whole document. An error where it is none. */
export function parsePointer(pointer: string): Result<readonly string[]> {
  if (pointer === '') return ok([])
  if (!pointer.startsWith('/')) return err('a JSON Pointer is empty or starts with /')
  if (/~(?![01])/.test(pointer)) return err('in a JSON Pointer ~ is written ~0 and / inside a name ~1')
  return ok(pointer.slice(1).split('/').map(unescapeToken))
}

/**
 * A pointer that may be shown. Its member names are attacker-controlled text: invisible characters go, numbers of nine and
 * more digits are masked (a name can be a citizen number), and what is longer than 256 characters ends in `…`.
 */
export function cleanPointer(pointer: string): string {
  // Four times what is kept: room for what the cleaning takes out, and a bound on its work.
  const short = pointer.slice(0, 4 * MAX_POINTER)
  const clean = short.replace(INVISIBLE, '').replace(LONG_NUMBER, '…')
  if (short.length === pointer.length && clean.length <= MAX_POINTER) return clean
  // A cut between the halves of a surrogate pair would leave one behind.
  return `${clean.slice(0, MAX_POINTER - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** The cleaned pointer of a value below nested members and items. */
export const pointerTo = (path: readonly (string | number)[]): string =>
  // More tokens than characters that are kept cannot show.
  cleanPointer(
    path
      .slice(0, MAX_POINTER)
      .map(step => `/${typeof step === 'number' ? step : escapeToken(step.slice(0, 4 * MAX_POINTER))}`)
      .join(''),
  )

import type { Brand } from './brand.ts'
import { err, ok, type Result } from './result.ts'

/** Code of an organisation after QĐ 20/2020/QĐ-TTg, for example `G99.21`. */
export type UnitCode = Brand<string, 'UnitCode'>

/** QĐ 20/2020/QĐ-TTg, article 5: at most 35 characters over all levels. */
const MAX_CHARACTERS = 35
const FIRST_LEVEL = /^[A-Y]\d{2}$/
const LOWER_LEVEL = /^[0-9A-Z]{1,3}$/

/** Reads `G99.21`: first level a letter A to Y and two digits, further levels one to three digits or capitals. */
export function parseUnitCode(text: string): Result<UnitCode> {
  if (text.length > MAX_CHARACTERS) return err(`a unit code has at most ${MAX_CHARACTERS} characters`)
  const [first = '', ...lower] = text.split('.')
  if (!FIRST_LEVEL.test(first)) return err('a unit code starts with a letter A to Y and two digits, like G99')
  if (!lower.every(level => LOWER_LEVEL.test(level)))
    return err('the levels of a unit code are one to three digits or capitals, separated by dots, like G99.21')
  return ok(text as UnitCode)
}

/**
 * Reads the legacy form of QCVN 102:2016/BTTTT, most specific level first and filled up with `000`:
 * `000.00.21.G99` is `G99.21`.
 */
export function parseLegacyUnitCode(text: string): Result<UnitCode> {
  const levels = text.split('.').reverse()
  if (levels.length !== 4) return err('a legacy unit code has four levels, like 000.00.21.G99')
  while (levels.length > 1 && /^0+$/.test(levels[levels.length - 1] ?? '')) levels.pop()
  return parseUnitCode(levels.join('.'))
}

/** The legacy form of a code, or null where it has more levels than QCVN 102:2016 knows. */
export function legacyUnitCode(code: UnitCode): string | null {
  const levels = code.split('.')
  if (levels.length > 4) return null
  const filler = ['', '00', '00', '000']
  while (levels.length < 4) levels.push(filler[levels.length] ?? '00')
  return levels.reverse().join('.')
}

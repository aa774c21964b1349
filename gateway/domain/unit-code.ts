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

/** QCVN 102:2016/BTTTT: four levels of three, two, two and three characters, the most specific first. */
const LEGACY = /^([0-9A-Z]{3})\.([0-9A-Z]{2})\.([0-9A-Z]{2})\.([A-Y]\d{2})$/
const LEGACY_WIDTHS = [3, 2, 2, 3]

/**
 * Reads the legacy form of QCVN 102:2016/BTTTT, most specific level first and filled up with `000`:
 * `000.00.21.G99` is `G99.21`. Each code has one legacy form at most, and each legacy form is of one code.
 */
export function parseLegacyUnitCode(text: string): Result<UnitCode> {
  const match = LEGACY.exec(text)
  if (!match) return err('a legacy unit code is four levels of 3, 2, 2 and 3 characters, like 000.00.21.G99')
  const levels = match.slice(1).reverse()
  while (levels.length > 1 && isFiller(levels[levels.length - 1] ?? '')) levels.pop()
  return parseUnitCode(levels.join('.'))
}

/** The legacy form of a code, or null where QCVN 102:2016 cannot say it: more levels, other widths, or zeros that read as filler. */
export function legacyUnitCode(code: UnitCode): string | null {
  const levels = code.split('.')
  const widths = LEGACY_WIDTHS.toReversed()
  if (levels.length > widths.length || levels.some((level, i) => level.length !== widths[i])) return null
  if (isFiller(levels[levels.length - 1] ?? '')) return null
  return widths
    .map((width, i) => levels[i] ?? '0'.repeat(width))
    .reverse()
    .join('.')
}

const isFiller = (level: string): boolean => /^0+$/.test(level)

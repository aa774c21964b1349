import { createHash } from 'node:crypto'
import provinces from './provinces.json' with { type: 'json' }

/** One synthetic person. */
export interface Person {
  readonly citizenNumber: string
  readonly name: string
  /** `1987-03-14`. */
  readonly birthDate: string
  readonly sex: 'male' | 'female'
  readonly registration: 'active' | 'cancelled'
}

/** The people of the demo: always the same ones. */
export const DEMO_PEOPLE = { seed: 'lienthong', count: 200 } as const

const FAMILY = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Phan', 'Vũ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Ngô', 'Dương', 'Lý']
const NAMES = {
  male: {
    middle: ['Văn', 'Hữu', 'Đức', 'Quang', 'Minh', 'Xuân', 'Thành', 'Công'],
    given: ['An', 'Bình', 'Cường', 'Dũng', 'Hải', 'Hùng', 'Khánh', 'Long', 'Nam', 'Phúc', 'Sơn', 'Tuấn', 'Việt'],
  },
  female: {
    middle: ['Thị', 'Ngọc', 'Thu', 'Thanh', 'Kim', 'Hồng', 'Mỹ', 'Diệu'],
    given: ['Anh', 'Chi', 'Dung', 'Hà', 'Hoa', 'Hương', 'Lan', 'Linh', 'Mai', 'Nga', 'Phương', 'Thảo', 'Trang', 'Yến'],
  },
} as const
const FIRST_YEAR = 1940
const YEARS = 68
/** Days that every month has. */
const DAYS = 28
/** Each 20th registration is cancelled, so that both answers can be seen. */
const CANCELLED_EVERY = 20
const SERIALS = 1_000_000
/** Without a factor in common with a million: no serial comes twice. */
const SERIAL_STEP = 7919

/**
 * People who do not exist, the same ones for the same seed.
 *
 * Their citizen numbers have the real structure: 3 digits of the province where the birth was registered, 1 of century and sex (20th
 * century: 0 male, 1 female; 21st: 2 and 3), 2 of the year of birth, 6 of a serial. They belong to nobody: the code of a province
 * is put behind a 9 (`901` for Hà Nội), and no province has, or ever had, a code of three digits that begins with 9.
 * @param count at most a million
 */
export function people(seed: string, count: number): readonly Person[] {
  const firstSerial = numbers(seed)(SERIALS)
  return Array.from({ length: count }, (_, index) => {
    const next = numbers(`${seed}/${index}`)
    const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T
    const sex = pick(['male', 'female'] as const)
    const year = FIRST_YEAR + next(YEARS)
    const birthDate = `${year}-${digits(1 + next(12), 2)}-${digits(1 + next(DAYS), 2)}`
    const century = (year < 2000 ? 0 : 2) + (sex === 'male' ? 0 : 1)
    const serial = (firstSerial + index * SERIAL_STEP) % SERIALS
    return {
      citizenNumber: `9${pick(provinces).code}${century}${digits(year % 100, 2)}${digits(serial, 6)}`,
      name: `${pick(FAMILY)} ${pick(NAMES[sex].middle)} ${pick(NAMES[sex].given)}`,
      birthDate,
      sex,
      registration: index % CANCELLED_EVERY === CANCELLED_EVERY - 1 ? 'cancelled' : 'active',
    }
  })
}

const digits = (value: number, length: number): string => String(value).padStart(length, '0')

/** Whole numbers below a bound, each drawn from four bytes of SHA-256(seed): at most eight. */
function numbers(seed: string): (bound: number) => number {
  const bytes = createHash('sha256').update(seed).digest()
  let position = 0
  return bound => {
    const drawn = bytes.readUInt32BE(position) % bound
    position += 4
    return drawn
  }
}

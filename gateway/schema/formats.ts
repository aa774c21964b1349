import type { Format } from 'ajv'

/**
 * The formats that schemas may use; any other does not compile. All are checked here in linear time. None is taken from
 * ajv-formats, whose expressions bypass `code.regExp`: its `byte` accepts any text with one good line (flag m), `date-time` a
 * space for the T, `time` a zone of hours alone, `uuid` a URN, and `uri`, `email` and `hostname` texts of any length.
 */
export const formats: Readonly<Record<string, Format>> = {
  date: isDate,
  time: isTime,
  'date-time': isDateTime,
  duration: isDuration,
  uuid: text => UUID.test(text),
  email: isEmail,
  hostname: isHostname,
  ipv4: text => text.length <= 15 && IPV4.test(text),
  ipv6: isIpv6,
  uri: text => isUriReference(text) && SCHEME.test(text),
  'uri-reference': isUriReference,
  'json-pointer': text => POINTER.test(text),
  // OpenAPI's own.
  byte: text => text.length % 4 === 0 && BASE64.test(text),
  int32: { type: 'number', validate: value => Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31 },
  // readJson lets through what a double holds: within ±(2^53 - 1).
  int64: { type: 'number', validate: value => Number.isSafeInteger(value) },
  float: { type: 'number', validate: Number.isFinite },
  double: { type: 'number', validate: Number.isFinite },
  // Advice to a form, nothing to check.
  password: true,
}

/** Formats whose texts are short by themselves, so that a schema need not say `maxLength`. */
export const BOUNDED_FORMATS: ReadonlySet<string> = new Set([
  'date',
  'time',
  'date-time',
  'duration',
  'uuid',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uri-reference',
])

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
// RFC 3339 section 5.6; a second's fraction of at most 9 digits.
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/
const BASE64 = /^[A-Za-z\d+/]*={0,2}$/
const LABEL = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i
const ATOM = /^[a-z\d!#$%&'*+/=?^_`{|}~-]+$/i

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? []
  if (year === undefined) return false
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const days = month === '02' && leap ? 29 : (DAYS[Number(month) - 1] ?? 0)
  return Number(day) >= 1 && Number(day) <= days
}

function isTime(text: string): boolean {
  const [, hour, minute, second, sign, zoneHour = '00', zoneMinute = '00'] = TIME.exec(text) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return false
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return false
  if (Number(second) < 60) return true
  // RFC 3339 appendix D: a leap second ends a day of UTC.
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1)
  return second === '60' && (Number(hour) * 60 + Number(minute) - offset + 2880) % 1440 === 1439
}

function isDateTime(text: string): boolean {
  return (text[10] === 'T' || text[10] === 't') && isDate(text.slice(0, 10)) && isTime(text.slice(11))
}

// RFC 3339 appendix A: each unit may be followed by the next smaller one only; weeks stand alone.
const DURATION =
  /^P(?:\d{1,9}W|(?:\d{1,9}Y(?:\d{1,9}M(?:\d{1,9}D)?)?|\d{1,9}M(?:\d{1,9}D)?|\d{1,9}D)?(?:T(?:\d{1,9}H(?:\d{1,9}M(?:\d{1,9}S)?)?|\d{1,9}M(?:\d{1,9}S)?|\d{1,9}S))?)$/

function isDuration(text: string): boolean {
  return text.length > 1 && DURATION.test(text)
}

// RFC 5321 section 4.5.3.1: local part 64, path 254 octets. Quoted local parts and address literals are not exchanged.
function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return (
    text.length <= 254 &&
    at <= 64 &&
    text
      .slice(0, Math.max(at, 0))
      .split('.')
      .every(atom => ATOM.test(atom)) &&
    isHostname(text.slice(at + 1))
  )
}

// RFC 1123 section 2.1, RFC 1035 section 2.3.4.
function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every(label => LABEL.test(label))
}

// RFC 4291 section 2.2.
function isIpv6(text: string): boolean {
  if (text.length > 45) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const embedded = last.includes('.') && !text.endsWith('::')
  if (embedded && !IPV4.test(groups.pop() as string)) return false
  const size = groups.length + (embedded ? 2 : 0)
  return groups.every(group => /^[\da-f]{1,4}$/i.test(group)) && (halves.length === 2 ? size <= 7 : size === 8)
}

const MAX_URI = 2048
const SCHEME = /^[a-z][a-z\d+.-]*:/i
// RFC 3986 appendix B splits any text into five parts; the classes of appendix A then hold for each.
const URI_PARTS = /^(?:([^:/?#]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
const SCHEME_NAME = /^[a-z][a-z\d+.-]*$/i
const AUTHORITY =
  /^(?:(?:[\w.~!$&'()*+,;=:-]|%[\da-f]{2})*@)?(?:\[[\da-f:.]+\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d{0,5})?$/i
const PATH = /^(?:[\w.~!$&'()*+,;=:@/-]|%[\da-f]{2})*$/i
const QUERY = /^(?:[\w.~!$&'()*+,;=:@/?-]|%[\da-f]{2})*$/i

// At most 2,048 characters, so that even the two ways to read an authority stay cheap.
function isUriReference(text: string): boolean {
  if (text.length > MAX_URI) return false
  const [, scheme, authority, path = '', query = '', fragment = ''] = URI_PARTS.exec(text) ?? []
  const literal = /\[(.*)\]/.exec(authority ?? '')?.[1]
  return (
    (scheme === undefined || SCHEME_NAME.test(scheme)) &&
    (authority === undefined || AUTHORITY.test(authority)) &&
    (literal === undefined || isIpv6(literal)) &&
    PATH.test(path) &&
    QUERY.test(query) &&
    QUERY.test(fragment)
  )
}

import { type Instant, parseInstant } from '../domain/instant.ts'
import {
  contentOf,
  GENERALIZED_TIME,
  INTEGER,
  integerOf,
  isUniversal,
  itemsOf,
  type Node,
  octetsOf,
  oidOf,
  Unreadable,
} from './timestamp-der.ts'
import { SHA256 } from './timestamp-request.ts'

/** What an authority said (RFC 3161 section 2.4.2, TSTInfo). */
export interface StampInfo {
  /** Dotted: the rules under which it stamps. */
  readonly policy: string
  /** Hex. */
  readonly serial: string
  readonly genTime: Instant
  /** Hex; null: the question held none. */
  readonly nonce: string | null
}

/** Reads a TSTInfo over exactly this SHA-256. Throws Unreadable. */
export function readStampInfo(info: Node, digest: Uint8Array): StampInfo {
  const [version, policy, imprint, serial, genTime, ...rest] = itemsOf(info)
  if (integerOf(version) !== '1') throw new Unreadable('it has another version than 1')
  const [algorithm, hashed] = itemsOf(imprint)
  if (oidOf(itemsOf(algorithm)[0]) !== SHA256) throw new Unreadable('it stamps another hash than SHA-256')
  if (!octetsOf(hashed).equals(Buffer.from(digest))) throw new Unreadable('it stamps something else')
  // Accuracy is a SEQUENCE, ordering a BOOLEAN: an INTEGER behind the time is the nonce.
  const nonce = rest.find(node => isUniversal(node, INTEGER))
  return {
    policy: oidOf(policy),
    serial: integerOf(serial),
    genTime: timeOf(genTime),
    nonce: nonce === undefined ? null : integerOf(nonce),
  }
}

/** RFC 3161 section 2.4.2: "YYYYMMDDhhmmss[.s...]Z". */
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/

function timeOf(node: Node | undefined): Instant {
  const match = isUniversal(node, GENERALIZED_TIME) ? TIME.exec(contentOf(node).toString('latin1')) : null
  if (match === null) throw new Unreadable('its time cannot be read')
  const [year, month, day, hour, minute, second] = match.slice(1, 7)
  const read = parseInstant(`${year}-${month}-${day}T${hour}:${minute}:${second}${match[7]?.slice(0, 7) ?? ''}Z`)
  if (!read.ok) throw new Unreadable('its time is none of the calendar')
  return read.value
}

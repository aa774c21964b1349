import { type LaneName, parseLaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { decodeBase64 } from '../../log/base64.ts'
import { originOf } from '../../log/checkpoint.ts'
import { parseVerifierKey, rawPublicKey } from '../../log/note-key.ts'
import type { ControlLeaf } from '../log-source.ts'
import type { ListedKey, ListedKeys } from './log-view.ts'

/** One page of `/log/lanes` or `/log/keys`; `cursor` names the next one, null: there is none. */
interface Listing {
  readonly cursor: string | null
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads an attacker-controlled page of `/log/lanes`. */
export function readLanes(page: unknown): Result<Listing & { readonly lanes: readonly LaneName[] }> {
  if (!isFields(page) || !Array.isArray(page.lanes)) return err('not a list of lanes')
  const names: LaneName[] = []
  for (const lane of page.lanes as unknown[]) {
    const name = parseLaneName(isFields(lane) && typeof lane.name === 'string' ? lane.name : '')
    if (!name.ok) return name
    names.push(name.value)
  }
  const cursor = readCursor(page)
  return cursor.ok ? ok({ lanes: names, cursor: cursor.value }) : cursor
}

/** Reads an attacker-controlled page of `/log/keys`. */
export function readKeys(page: unknown): Result<Listing & ListedKeys> {
  if (!isFields(page) || !Array.isArray(page.lanes) || !Array.isArray(page.control)) return err('not a list of keys')
  const control: ControlLeaf[] = []
  for (const row of page.control as unknown[]) {
    const leaf = readLeafOf(row)
    if (!leaf || leaf.index <= (control.at(-1)?.index ?? -1)) return err('a record about a key cannot be read')
    control.push(leaf)
  }
  const lanes: ListedKey[] = []
  for (const row of page.lanes as unknown[]) {
    const key = readKey(row)
    if (!key) return err('the key of a lane cannot be read')
    lanes.push(key)
  }
  const cursor = readCursor(page)
  return cursor.ok ? ok({ control, lanes, cursor: cursor.value }) : cursor
}

/** What `readKeys` reads back. */
export function formatKeys({ control, lanes }: ListedKeys, keyText: (key: ListedKey) => string): Fields {
  const leaf = ({ index, leaf: bytes }: ControlLeaf) => ({ index, leaf: Buffer.from(bytes).toString('base64') })
  return {
    control: control.map(leaf),
    lanes: lanes.map(key => ({
      lane: key.lane,
      key: keyText(key),
      endorsement: key.endorsement && leaf(key.endorsement),
    })),
    cursor: null,
  }
}

function readCursor({ cursor }: Fields): Result<string | null> {
  if (cursor === null) return ok(null)
  return typeof cursor === 'string' && /^[0-9]{1,15}$/.test(cursor) ? ok(cursor) : err('the cursor cannot be read')
}

function readKey(row: unknown): ListedKey | null {
  if (!isFields(row)) return null
  const { lane, key, endorsement } = row
  const name = parseLaneName(typeof lane === 'string' ? lane : '')
  const verifier = parseVerifierKey(typeof key === 'string' ? key : '')
  if (!name.ok || !verifier.ok || verifier.value.name !== originOf(name.value)) return null
  const leaf = endorsement === null ? null : readLeafOf(endorsement)
  if (endorsement !== null && leaf === null) return null
  return { lane: name.value, publicKey: rawPublicKey(verifier.value.key), endorsement: leaf }
}

function readLeafOf(row: unknown): ControlLeaf | null {
  if (!isFields(row) || typeof row.leaf !== 'string') return null
  const { index } = row
  const leaf = decodeBase64(row.leaf)
  return typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 && leaf ? { index, leaf } : null
}

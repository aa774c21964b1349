import { type LaneName, parseLaneName } from '../domain/gateway-id.ts'
import type { NamedHead } from '../log/claimed-heads.ts'
import { numberOf, readLeaf, type StoredRecord, textOf } from '../record/read-leaf.ts'

/** 32 bytes, hex. */
const RAW_KEY = /^[0-9a-f]{64}$/

/** What the control lane says of everything else. Its leaves are taken before they are proven, so they may hold anything. */
export class ControlClaims {
  readonly #keys = new Map<LaneName, string>()
  readonly #heads = new Map<LaneName, Map<number, NamedHead>>()
  readonly #revisions = new Map<number, string>()

  /** Raw public key (hex) of each lane that was opened. */
  get keys(): ReadonlyMap<LaneName, string> {
    return this.#keys
  }

  /** Digest of each revision. */
  get revisions(): ReadonlyMap<number, string> {
    return this.#revisions
  }

  headsOf(lane: LaneName): readonly NamedHead[] {
    return [...(this.#heads.get(lane)?.values() ?? [])]
  }

  take(index: number, leaf: Uint8Array): void {
    const record = readLeaf(leaf)
    if (!record.ok) return
    if (record.value.kind === 'lane') this.#takeLane(index, record.value)
    if (record.value.kind === 'heads') this.#takeHeads(index, record.value.fields.heads)
    if (record.value.kind === 'revision') {
      const number = numberOf(record.value, 'number')
      const digest = textOf(record.value, 'digest')
      if (number !== null && digest !== null) this.#revisions.set(number, digest)
    }
  }

  #takeLane(index: number, record: StoredRecord): void {
    const opened = parseLaneName(textOf(record, 'opened') ?? '')
    const key = textOf(record, 'publicKey')
    if (opened.ok && key !== null && RAW_KEY.test(key) && !this.#keys.has(opened.value))
      this.#keys.set(opened.value, key)
    // A lane found damaged is sealed at whatever its row said: that is a finding, and no claim.
    if (record.fields.head !== undefined && record.fields.why !== 'damaged')
      this.#takeHeads(index, [record.fields.head])
  }

  #takeHeads(index: number, heads: unknown): void {
    if (!Array.isArray(heads)) return
    for (const head of heads as ({ lane?: unknown; size?: unknown; root?: unknown } | null)[]) {
      const { lane, size, root } = head ?? {}
      const name = parseLaneName(typeof lane === 'string' ? lane : '')
      if (!name.ok || typeof size !== 'number' || typeof root !== 'string') continue
      const known = this.#heads.get(name.value) ?? new Map<number, NamedHead>()
      known.set(size, { size, root: Buffer.from(root, 'hex'), where: `control lane, record ${index}` })
      this.#heads.set(name.value, known)
    }
  }
}

import type { formatScope } from './scope-text.ts'

/** What `pack.json` says. */
export interface AboutPack {
  readonly v: 1
  readonly scope: ReturnType<typeof formatScope>
  readonly madeAt: string
  readonly gateway: string
  readonly software: string
  readonly records: number
  /** Whether commitment keys and message signatures are in the pack. */
  readonly commitmentKeys: boolean
}

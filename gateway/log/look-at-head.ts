import type { LaneName } from '../domain/gateway-id.ts'
import type { Frontier } from './frontier.ts'
import { sameHash } from './hash.ts'
import type { LaneStore, StoredHead } from './lane-store.ts'

/** How far a lane goes, with what is needed to go on from there. */
export interface LaneHead {
  readonly frontier: Frontier
  readonly checkpoint: string
  readonly epoch: number
}

/** Resolves after so many milliseconds. */
export type Sleep = (millis: number) => Promise<void>

/** Between attempts to read the head: a failover takes seconds, and each attempt costs a connection. */
const PAUSE_MILLIS = 100

const isHead = (stored: StoredHead, head: LaneHead): boolean =>
  stored.size === head.frontier.size &&
  stored.epoch === head.epoch &&
  stored.checkpoint === head.checkpoint &&
  sameHash(stored.root, head.frontier.root)

/**
 * Tells by the head row what became of a commit that failed; tries until the store answers or `isGivenUp` says true
 * (`unknown`). `readHead` waits for a commit still under way, so that what it shows is final.
 */
export async function lookAtHead(
  store: LaneStore,
  lane: LaneName,
  from: LaneHead,
  to: LaneHead,
  sleep: Sleep,
  isGivenUp: () => boolean,
): Promise<'committed' | 'not-committed' | 'disagrees' | 'unknown'> {
  while (!isGivenUp()) {
    let stored: StoredHead | null
    try {
      stored = await store.readHead(lane)
    } catch {
      await sleep(PAUSE_MILLIS)
      continue
    }
    if (stored && isHead(stored, to)) return 'committed'
    if (stored && isHead(stored, from)) return 'not-committed'
    return 'disagrees'
  }
  return 'unknown'
}

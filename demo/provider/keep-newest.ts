/** What a demo keeps of anything, in memory: enough to try things out, and a bound however long it runs. */
const MOST = 10_000

/** Sets an entry and forgets the oldest one above the bound (a Map keeps the order of insertion). */
export function keepNewest<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= MOST) return
    map.delete(oldest)
  }
}

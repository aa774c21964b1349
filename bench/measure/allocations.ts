/** `[12:0x5f]  345 ms: Scavenge 20.3 (22.1) -> 18.9 (23.1) MB, …` (node --trace-gc; no contract of V8's, the same in Node 20 to 24) */
const COLLECTION = / ms: (?:Scavenge|Mark-Compact)[^\d]*?([\d.]+) \([\d.]+\) -> ([\d.]+) \([\d.]+\) MB/g

/**
 * Bytes allocated on V8's heap between the first and the last collection in the output of `--trace-gc`: what the heap grew from
 * the end of each collection to the beginning of the next. 0 where there were fewer than two.
 */
export function allocatedIn(output: string): number {
  let megabytes = 0
  let last: number | null = null
  for (const [, before, after] of output.matchAll(COLLECTION)) {
    if (last !== null) megabytes += Number(before) - last
    last = Number(after)
  }
  return Math.round(megabytes * 2 ** 20)
}

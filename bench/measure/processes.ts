import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly pid: number
  readonly parent: number
  /** Microseconds of user and system time, with those of children that have ended and were waited for. */
  readonly cpu: number
}

/** proc(5), /proc/PID/stat: the name is in brackets and may hold anything, so fields are counted behind the last bracket. */
function readStat(pid: number): Stat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0)
  return { pid, parent: Number(fields[1]), cpu: (ticks * 1e6) / TICKS_PER_SECOND }
}

/** A process and all its descendants. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat.pid])
  }
  const tree: number[] = []
  for (let next: number[] = [root]; next.length > 0; next = next.flatMap(pid => children.get(pid) ?? []))
    tree.push(...next)
  return tree
}

/**
 * Microseconds of CPU that a process tree has used since it began. What ended in between is counted by its parent, so a
 * difference of two readings misses nothing.
 */
export const cpuOf = (root: number): number =>
  processTree(root).reduce((sum, pid) => sum + (readStat(pid)?.cpu ?? 0), 0)

/** The same for each process of a tree. */
export const cpuByProcess = (root: number): ReadonlyMap<number, number> =>
  new Map(processTree(root).map(pid => [pid, readStat(pid)?.cpu ?? 0]))

/** What a process calls itself; PostgreSQL tells there what it is. */
export function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

export interface Resident {
  /** Bytes. */
  readonly rss: number
  /** Bytes, each shared page divided by those who share it. */
  readonly pss: number
}

/** Over a process tree. RSS counts PostgreSQL's shared buffers once for each of its processes; PSS counts them once. */
export function residentOf(root: number): Resident {
  let rss = 0
  let pss = 0
  for (const pid of processTree(root)) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
      rss += kilobytes(text, 'Rss')
      pss += kilobytes(text, 'Pss')
    } catch {
      // It has ended.
    }
  }
  return { rss, pss }
}

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024

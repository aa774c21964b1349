import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The format of `node --cpu-prof`: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  /** Microseconds of the monotonic clock. */
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

export interface Share {
  readonly name: string
  /** Of the samples in which the process did something, 0 to 1. */
  readonly share: number
}

export interface ProfileSummary {
  /** By room of the gateway, package, module of Node, or kind of native work. */
  readonly places: readonly Share[]
  /** Time of each function itself, without those that it calls. */
  readonly functions: readonly Share[]
  /** Time of each function of ours and of the libraries with all that it calls; they overlap. */
  readonly withCallees: readonly Share[]
  /** Time below each step of an exchange, with all that it calls before its first wait and after each. */
  readonly steps: readonly Share[]
}

/** The one profile in a directory, between two moments of the monotonic clock (microseconds). */
export function summarise(directory: string, from: number, until: number): ProfileSummary {
  const [name] = readdirSync(directory).filter(file => file.endsWith('.cpuprofile'))
  if (name === undefined) throw new Error('node wrote no profile')
  return summariseProfile(JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile, from, until)
}

export function summariseProfile(profile: CpuProfile, from: number, until: number): ProfileSummary {
  const self = selfTimes(profile, from, until)
  const nodes = new Map(profile.nodes.map(node => [node.id, node]))
  const parents = new Map(profile.nodes.flatMap(node => (node.children ?? []).map(child => [child, node.id] as const)))
  const places = new Map<string, number>()
  const functions = new Map<string, number>()
  const steps = new Map<string, number>()
  const withCallees = new Map<string, number>()
  let busy = 0
  const add = (sums: Map<string, number>, key: string, micros: number) => sums.set(key, (sums.get(key) ?? 0) + micros)
  for (const [id, micros] of self) {
    const node = nodes.get(id)
    if (!node || node.callFrame.functionName === '(idle)') continue
    const place = placeOf(node.callFrame.url, node.callFrame.functionName)
    busy += micros
    add(places, place, micros)
    add(functions, labelOf(node), micros)
    for (const label of callersOf(id, nodes, parents)) add(withCallees, label, micros)
    add(steps, stepAbove(id, nodes, parents), micros)
  }
  const shares = (sums: ReadonlyMap<string, number>): readonly Share[] =>
    [...sums].map(([key, micros]) => ({ name: key, share: micros / busy })).sort((a, b) => b.share - a.share)
  return {
    places: shares(places),
    functions: shares(functions),
    withCallees: shares(withCallees),
    steps: shares(steps),
  }
}

function selfTimes(profile: CpuProfile, from: number, until: number): ReadonlyMap<number, number> {
  const self = new Map<number, number>()
  let at = profile.startTime
  profile.samples.forEach((id, index) => {
    const delta = profile.timeDeltas[index] ?? 0
    at += delta
    if (at >= from && at < until && delta > 0) self.set(id, (self.get(id) ?? 0) + delta)
  })
  return self
}

/** `gateway/exchange`, `undici`, `node:tls`, `(native: TLS, sockets)` … */
function placeOf(url: string, name: string): string {
  if (url === '') return name.startsWith('(') && name !== '(anonymous)' ? (NATIVE[name] ?? name) : 'native functions'
  const room = /\/dist\/gateway\/(\w+(?:\/(?:postgres|listener|provider))?)\//.exec(url)?.[1]
  if (room !== undefined) return `gateway/${room}`
  const library = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (library !== undefined) return library
  return /^node:(?:internal\/)?(\w+)/.exec(url)?.[0] ?? (url.startsWith('node:') ? url : 'compiled schemas')
}

const NATIVE: Readonly<Record<string, string>> = {
  '(program)': '(native: event loop, sockets, TLS records)',
  '(garbage collector)': '(garbage collector)',
}

const where = (url: string): string => url.replace(/^.*\/dist\/gateway\//, '').replace(/^.*\/node_modules\//, '')

const labelOf = ({ callFrame }: CpuProfile['nodes'][number]): string =>
  `${callFrame.functionName || '(anonymous)'}  ${where(callFrame.url)}${callFrame.functionName ? '' : `:${callFrame.lineNumber + 1}`}`

/** Each function on the stack once, however often it stands there. */
function callersOf(
  id: number,
  nodes: ReadonlyMap<number, CpuProfile['nodes'][number]>,
  parents: ReadonlyMap<number, number>,
): ReadonlySet<string> {
  const labels = new Set<string>()
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const node = nodes.get(at)
    if (node && node.callFrame.url !== '') labels.add(labelOf(node))
  }
  return labels
}

const OUTSIDE = '(outside the steps)'

function stepAbove(
  id: number,
  nodes: ReadonlyMap<number, CpuProfile['nodes'][number]>,
  parents: ReadonlyMap<number, number>,
): string {
  let found = OUTSIDE
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const { url = '', functionName = '' } = nodes.get(at)?.callFrame ?? {}
    // The outermost wins: the runner calls the steps, and below it are only they.
    const file = /\/dist\/gateway\/exchange\/([\w-]+)\.js$/.exec(url)?.[1]
    if (file !== undefined && STEP_FILES.has(file) && functionName === camelCase(file)) found = camelCase(file)
    else if (/\/dist\/gateway\/log\/lane\.js$/.test(url)) found = '(log: sign and commit a batch)'
    else if (/\/gateway\/edge\/provider\//.test(url) && found === OUTSIDE) found = '(provider leg)'
    else if (/\/gateway\/edge\/listener\//.test(url) && found === OUTSIDE) found = '(listener)'
    else if (/\/gateway\/(?:edge\/postgres\/follow-records|cli\/serve\/follower)/.test(url)) found = '(search index)'
    else if (/\/node_modules\/pg/.test(url) && found === OUTSIDE) found = '(database client)'
    else if (/\/node_modules\/undici\//.test(url) && found === OUTSIDE) found = '(provider leg)'
    else if (/^node:(?:_http|internal\/http)/.test(url) && found === OUTSIDE) found = '(HTTP of the caller)'
  }
  return found
}

const camelCase = (file: string): string => file.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())

const STEP_FILES: ReadonlySet<string> = new Set([
  'identify',
  'route',
  'decide',
  'admit',
  'receive',
  'check-request',
  'record-request',
  'forward',
  'check-response',
  'minimise-response',
  'record-response',
])

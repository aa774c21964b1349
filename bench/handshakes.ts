/** `npm run bench:handshakes`: full mutual TLS handshakes of one core, the gateway's listener beside nginx, for P-256 and RSA-2048. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../certs-dev/make-development-certificates.ts'
import { writeConfiguration } from './configuration.ts'
import { wholeNumber } from './flags.ts'
import type { HandshakeOrder, HandshakeReport } from './handshaker.ts'
import { cpuOf } from './measure/processes.ts'
import { round, table } from './print.ts'
import { startLienthong } from './subjects/lienthong.ts'
import { HANDSHAKES_TLS, nginxVersion, startNginx } from './subjects/nginx.ts'
import { type Pinned, startPinned } from './subjects/pinned.ts'
import type { Subject } from './subjects/subject.ts'
import { median } from './trial.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    core: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
})

const KEY_TYPES = { p256: 'P-256', rsa: 'RSA-2048' } as const
type KeyType = keyof typeof KEY_TYPES
const AT_ONCE = 16
const ROUNDS = 2
/** For compiler and allocator; counts for nothing. */
const WARM_UP_SECONDS = 2

interface Trial {
  readonly keys: KeyType
  readonly subject: string
  /** Handshakes that a whole second of one core carries: the inverse of the CPU of one. */
  readonly perCoreSecond: number
  /** What happened in a second of wall time: the client may be what limits it. */
  readonly perSecond: number
}

async function handshake(handshaker: Pinned, order: HandshakeOrder): Promise<HandshakeReport> {
  handshaker.child.send(order)
  const [report] = (await once(handshaker.child, 'message')) as [HandshakeReport]
  if (report.failure !== null) throw new Error(`a handshake failed: ${report.failure}`)
  if (report.resumed > 0) throw new Error(`${report.resumed} sessions were resumed: those are no full handshakes`)
  return report
}

async function measure(keys: KeyType, certsDir: string, subject: Subject, handshaker: Pinned, seconds: number) {
  const { port } = subject
  const cpu = (): number => cpuOf(Object.values(subject.parts)[0] ?? 0)
  const before = cpu()
  const report = await handshake(handshaker, { port, certsDir, seconds, atOnce: AT_ONCE })
  const micros = cpu() - before
  return {
    keys,
    subject: subject.name,
    perCoreSecond: (report.handshakes * 1e6) / micros,
    perSecond: report.handshakes / report.seconds,
  } satisfies Trial
}

/** nginx and the gateway in turn, under certificates of one type. */
async function compare(keys: KeyType, directory: string, core: number, seconds: number): Promise<readonly Trial[]> {
  const certsDir = join(directory, `certs-${keys}`)
  const configDir = join(directory, `config-${keys}`)
  await makeDevelopmentCertificates({
    out: certsDir,
    systems: DEMO_SYSTEMS,
    officers: DEMO_OFFICERS,
    gatewayId: DEMO_GATEWAY,
    keyType: keys,
    now: new Date(),
  })
  // No request is sent, so no provider is needed.
  writeConfiguration(configDir, 9)
  const handshaker = startPinned((core + 1) % availableParallelism(), process.execPath, [
    join(import.meta.dirname, 'handshaker.js'),
  ])
  const open: { stop(): Promise<void> }[] = [handshaker]
  try {
    const subjects: Subject[] = []
    if (nginxVersion() !== null) {
      subjects.push(await startNginx(join(directory, `nginx-${keys}`), certsDir, 9, core, HANDSHAKES_TLS))
      open.push(...subjects)
    }
    const lienthong = await startLienthong({ dataDir: join(directory, `data-${keys}`), configDir, certsDir, core })
    open.push(lienthong)
    subjects.push(lienthong)
    for (const { port } of subjects)
      await handshake(handshaker, { port, certsDir, seconds: WARM_UP_SECONDS, atOnce: AT_ONCE })
    const trials: Trial[] = []
    for (let round = 0; round < ROUNDS; round++)
      for (const subject of subjects) trials.push(await measure(keys, certsDir, subject, handshaker, seconds))
    return trials
  } finally {
    for (const each of open.reverse()) await each.stop()
  }
}

function describe(trials: readonly Trial[]): string {
  const of = (keys: KeyType, name: string): number =>
    median(trials.filter(trial => trial.keys === keys && trial.subject === name).map(t => t.perCoreSecond))
  const rows = (Object.keys(KEY_TYPES) as KeyType[]).map(keys => {
    const [nginx, ours] = [of(keys, 'nginx'), of(keys, 'Lienthong')]
    const [theirs, ratio] = nginx === 0 ? ['-', '-'] : [round(nginx, 0), round(nginx / ours, 2)]
    return [KEY_TYPES[keys], theirs, round(ours, 0), ratio]
  })
  const head = ['certificates', 'nginx, a core-second', 'Lienthong', 'ratio']
  const machine = `Node ${process.version}, OpenSSL ${process.versions.openssl}, ${nginxVersion() ?? 'no nginx'}`
  return `${table(head, rows)}\n\n${machine}, load ${loadavg()
    .map(load => round(load))
    .join(' ')}`
}

const directory = mkdtempSync(join(tmpdir(), 'lienthong-handshakes-'))
try {
  const cores = availableParallelism()
  if (cores < 2) throw new Error('two cores are needed: one for the subject, one for the clients')
  const core = wholeNumber('--core', values.core, 0, cores - 1)
  const seconds = wholeNumber('--seconds', values.seconds, 1, 60)
  const trials: Trial[] = []
  for (const keys of Object.keys(KEY_TYPES) as KeyType[]) {
    process.stderr.write(`${KEY_TYPES[keys]}\n`)
    trials.push(...(await compare(keys, directory, core, seconds)))
  }
  console.log(values.json ? JSON.stringify(trials, null, 2) : `\n${describe(trials)}`)
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown)
  process.exitCode = 2
} finally {
  rmSync(directory, { recursive: true, force: true })
}

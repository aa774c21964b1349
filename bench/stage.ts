import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_GATEWAY, DEMO_OFFICERS, DEMO_SYSTEMS } from '../certs-dev/demo-world.ts'
import { makeDevelopmentCertificates } from '../certs-dev/make-development-certificates.ts'
import { writeConfiguration } from './configuration.ts'
import { LoadDriver } from './load/driver.ts'
import { startNginx } from './subjects/nginx.ts'
import { type Lienthong, startLienthong } from './subjects/lienthong.ts'
import { firstMessage, startPinned } from './subjects/pinned.ts'
import type { Subject } from './subjects/subject.ts'

/** The subject has one core for itself; load generator and provider share the other. Null: the scheduler decides. */
export interface Cores {
  readonly subject: number | null
  readonly others: number | null
}

/** Everything around a subject, and the way to start one. All on the loopback interface, all gone after `close`. */
export interface Stage {
  readonly directory: string
  readonly load: LoadDriver
  readonly providerPid: number
  nginx(): Promise<Subject>
  lienthong(nodeFlags?: readonly string[]): Promise<Lienthong>
  close(): Promise<void>
}

export async function setStage(cores: Cores): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-bench-'))
  const certsDir = join(directory, 'certs')
  const configDir = join(directory, 'config')
  const closers: (() => Promise<void>)[] = []
  let subjects = 0
  let closing: Promise<void> | null = null

  const close = async (): Promise<void> => {
    for (const end of closers.reverse()) await end().catch(() => undefined)
    rmSync(directory, { recursive: true, force: true })
  }
  const keep = <T extends Subject>(subject: T): T => {
    closers.push(() => subject.stop())
    return subject
  }
  try {
    await makeDevelopmentCertificates({
      out: certsDir,
      systems: DEMO_SYSTEMS,
      officers: DEMO_OFFICERS,
      gatewayId: DEMO_GATEWAY,
      now: new Date(),
    })
    const program = join(import.meta.dirname, 'provider.js')
    const provider = startPinned(cores.others, process.execPath, [program, certsDir])
    closers.push(() => provider.stop())
    const { port } = await firstMessage<{ port: number }>(provider, 'the provider')
    writeConfiguration(configDir, port)
    const load = new LoadDriver(certsDir, cores.others)
    closers.push(() => load.close())
    const place = (): string => join(directory, `subject-${++subjects}`)
    return {
      directory,
      load,
      providerPid: provider.pid,
      nginx: async () => keep(await startNginx(place(), certsDir, port, cores.subject)),
      lienthong: async nodeFlags =>
        keep(
          await startLienthong({
            dataDir: place(),
            configDir,
            certsDir,
            core: cores.subject,
            ...(nodeFlags ? { nodeFlags } : {}),
          }),
        ),
      close: () => (closing ??= close()),
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const COMMAND = join(ROOT, 'bin/lienthong.js')

interface Demo {
  readonly child: ChildProcess
  readonly output: () => string
  readonly exited: Promise<number | null>
}

/** What a newcomer runs: `lienthong demo` on the embedded database. */
describe('the demo command', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-demo-'))
  let environment: NodeJS.ProcessEnv
  let demo: Demo | null = null

  beforeAll(async () => {
    const [exchange, office, ops, provider, logistics] = await Promise.all(Array.from({ length: 5 }, freePort))
    environment = {
      ...process.env,
      NODE_OPTIONS: '',
      DATA_DIR: join(directory, 'var'),
      CERTS_DIR: join(directory, 'certs'),
      EXCHANGE_PORT: String(exchange),
      OFFICE_PORT: String(office),
      OPS_PORT: String(ops),
      DEMO_PROVIDER_PORT: String(provider),
      DEMO_LOGISTICS_PORT: String(logistics),
    }
  })
  afterAll(async () => {
    // Whatever a failed test left running: a last orderly start and stop takes the database down.
    demo?.child.kill('SIGKILL')
    await demo?.exited
    const last = await start()
    last.child.kill('SIGINT')
    await last.exited
    rmSync(directory, { recursive: true, force: true })
  }, 120_000)

  async function start(): Promise<Demo> {
    const child = fork(COMMAND, ['demo'], { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    const text: string[] = []
    child.stdout?.on('data', chunk => text.push(String(chunk)))
    child.stderr?.on('data', chunk => text.push(String(chunk)))
    const exited = once(child, 'exit').then(([code]) => code as number | null)
    demo = { child, output: () => text.join(''), exited }
    await Promise.race([
      once(child, 'message'),
      exited.then(code => {
        throw new Error(`ended with ${code}:\n${text.join('')}`)
      }),
    ])
    return demo
  }

  it('starts from nothing, and its three printed calls do what they say', async () => {
    const running = await start()
    expect(running.output()).toMatch(/✓ development certificates: made/)
    expect(running.output()).toMatch(/✓ database: made a new database/)
    expect(running.output()).toMatch(/✓ configuration: wrote the genesis revision/)
    const commands = running.output().match(/curl (?:\\\n|.)+/g) ?? []
    expect(commands).toHaveLength(3)
    const answers = await Promise.all(commands.map(command => shell(command)))
    expect(answers[0]).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*exchange-receipt: lane="gateway-1[\s\S]*Thành phố Hà Nội/)
    expect(answers[1]).toMatch(/"status":403[\s\S]*"code":"not-permitted"/)
    expect(answers[2]).toMatch(/"status":422[\s\S]*"code":"request-invalid"/)
  }, 120_000)

  it('says what is wrong when it is started twice, and exits 2', async () => {
    const second = await run(['demo'])
    expect(second.code).toBe(2)
    expect(second.output).toMatch(/port \d+ is in use: .* DEMO_PROVIDER_PORT/)
  }, 60_000)

  it('drains on Ctrl-C (which npm passes on a second time) and leaves nothing running; a second start takes a few seconds and finds its state', async () => {
    demo?.child.kill('SIGINT')
    demo?.child.kill('SIGINT')
    expect(await demo?.exited).toBe(0)
    expect(demo?.output()).toMatch(/✓ draining[\s\S]*✓ stopping the database/)
    // The demo has two on purpose.
    expect(demo?.output()).not.toContain('security officers are active')
    const begun = Date.now()
    const again = await start()
    expect(Date.now() - begun).toBeLessThan(20_000)
    expect(again.output()).toMatch(
      /✓ development certificates: still good[\s\S]*✓ database: started the database[\s\S]*the stored revision is up to date/,
    )
  }, 120_000)

  it('after kill -9 attaches to the database that was left running, and seals the lane that was cut off', async () => {
    demo?.child.kill('SIGKILL')
    await demo?.exited
    const again = await start()
    expect(again.output()).toMatch(/✓ database: attached to the database that was still running/)
    const verified = await run(['audit', 'verify', '--json'])
    expect({ code: verified.code, good: (JSON.parse(verified.output) as { good: boolean }).good }).toEqual({
      code: 0,
      good: true,
    })
    demo?.child.kill('SIGINT')
    expect(await demo?.exited).toBe(0)
  }, 120_000)

  it('has audit commands that start the database for themselves and stop it again', async () => {
    const found = await run(['audit', 'search', '--kind', 'refusal', '--json'])
    const { records } = JSON.parse(found.output) as { records: { code: string }[] }
    expect(records.map(({ code }) => code).sort()).toEqual(['not-permitted', 'request-invalid'])
  }, 60_000)

  it('binds again when certificates have to be made anew: the next revision, signed by two development officers', async () => {
    for (const name of ['G99.21.records.key', 'G99.21.records.crt', 'G99.21.records.p12'])
      rmSync(join(directory, 'certs', name))
    const again = await start()
    expect(again.output()).toMatch(/wrote revision 1, signed by two development officers/)
    const [first = ''] = again.output().match(/curl (?:\\\n|.)+/g) ?? []
    expect(await shell(first)).toMatch(/^HTTP\/1\.1 200 OK/)
    demo?.child.kill('SIGINT')
    expect(await demo?.exited).toBe(0)
  }, 120_000)

  function run(words: readonly string[]): Promise<{ code: number; output: string }> {
    return new Promise(resolve => {
      execFile(process.execPath, [COMMAND, ...words], { cwd: ROOT, env: environment }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
      )
    })
  }
})

function shell(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', command], { cwd: ROOT }, (error, stdout, stderr) =>
      error ? reject(new Error(`${command}\n${stderr}`)) : resolve(stdout),
    )
  })
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

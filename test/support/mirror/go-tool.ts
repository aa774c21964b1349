import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The program of test/conformance/go, compiled: Go's own `note` and `tlog` over a log of ours. */
export interface GoTool {
  run(words: readonly string[], input?: string): Promise<Ran>
  remove(): void
}

const SOURCE = join(import.meta.dirname, '../../conformance/go')

/** Where Debian's golang-golang-x-mod-dev puts its sources. */
const GOPATH = '/usr/share/gocode'

/** Throws where Go or its package is missing: nobody is to take a test that did not run for one that passed. */
export async function buildGoTool(): Promise<GoTool> {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-go-'))
  const binary = join(directory, 'log')
  const environment = { GO111MODULE: 'off', GOFLAGS: '', GOPATH, GOCACHE: join(directory, 'cache') }
  const built = await execute('go', ['build', '-o', binary, '.'], { cwd: SOURCE, environment })
  if (built.code !== 0) {
    rmSync(directory, { recursive: true, force: true })
    throw new Error(
      `the log cannot be checked with Go: apt-get install golang-go golang-golang-x-mod-dev\n${built.stderr}`,
    )
  }
  return {
    run: (words, input) => execute(binary, words, input === undefined ? {} : { input }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

interface Execution {
  readonly cwd?: string
  readonly environment?: Record<string, string>
  readonly input?: string
}

function execute(command: string, words: readonly string[], { cwd, environment, input }: Execution): Promise<Ran> {
  return new Promise(resolve => {
    const options = { cwd, env: { ...process.env, ...environment }, timeout: 60_000 }
    const child = execFile(command, [...words], options, (error, stdout, stderr) =>
      resolve({
        code: error ? (typeof error.code === 'number' ? error.code : 1) : 0,
        stdout,
        stderr: `${stderr}${error && typeof error.code === 'string' ? error.message : ''}`,
      }),
    )
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}

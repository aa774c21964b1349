import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalStateFile } from '../../../gateway/edge/local-state.ts'
import type { WitnessProcess } from '../witness/witness-process.ts'
import { runCommand } from '../world/gateway-process.ts'
import type { World } from '../world/world.ts'

const ROOT = join(import.meta.dirname, '../../..')

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface DeskOptions {
  readonly world: World
  readonly witness: WitnessProcess
  /** File of the root of the time stamping authority. */
  readonly timeRoot: string
  /** A login of the database that may only read, and its password. */
  readonly login: { readonly name: string; readonly password: string }
}

/** The auditor's own machine: nothing is on it but what docs/check-us.md says to bring. */
export class AuditorsDesk {
  readonly #options: DeskOptions
  readonly #directory: string

  constructor(options: DeskOptions) {
    const { world, timeRoot, login } = options
    this.#options = options
    this.#directory = join(world.directory, 'desk')
    mkdirSync(this.#directory)
    symlinkSync(ROOT, this.at('lienthong'))
    copyFileSync(timeRoot, this.at('time-root.crt'))
    for (const name of ['ca.crt', 'G99.21.records.crt', 'G99.21.records.key'])
      copyFileSync(join(world.certsDir, name), this.at(name))
    for (const kind of ['crt', 'key'])
      copyFileSync(join(world.certsDir, `officer.auditor-1.${kind}`), this.at(`auditor.${kind}`))
    const { hostname, port, pathname } = new URL(world.database.adminUrl)
    const secret = `${hostname}:${port}:${pathname.slice(1)}:${login.name}:${login.password}\n`
    writeFileSync(this.at('pgpass'), secret, { mode: 0o600 })
  }

  at(name: string): string {
    return join(this.#directory, name)
  }

  read(name: string): string {
    return readFileSync(this.at(name), 'utf8')
  }

  /** A file of the page, with what stands on paper here in place of its examples: every value has to have its place. */
  async write(name: string, text: string): Promise<void> {
    const paper = new Map(Object.entries(await this.#paper()))
    const written = this.#here(text).replaceAll(/^(\w+)='.*'$/gm, (line, variable: string) => {
      const value = paper.get(variable)
      paper.delete(variable)
      return value === undefined ? line : `${variable}='${value}'`
    })
    if (paper.size > 0) throw new Error(`${name} does not ask for ${[...paper.keys()].join(', ')}`)
    writeFileSync(this.at(name), written)
  }

  /** Commands of the page at the addresses of this world; the first that fails ends them. */
  run(code: string): Promise<Ran> {
    const { PATH = '', HOME = '' } = process.env
    // Nothing of the installation is in the auditor's environment.
    const options = { cwd: this.#directory, env: { PATH, HOME, GOCACHE: this.at('go-cache') }, timeout: 60_000 }
    return new Promise(resolve =>
      execFile('bash', ['-eo', 'pipefail', '-c', this.#here(code)], options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      ),
    )
  }

  #here(text: string): string {
    const { world, witness, login } = this.#options
    const { host, pathname } = new URL(world.database.adminUrl)
    return text
      .replaceAll('npx lienthong', `'${process.execPath}' '${join(ROOT, 'bin/lienthong.js')}'`)
      .replaceAll('gateway.example:8443', `localhost:${world.gateway.exchangePort}`)
      .replaceAll('gateway.example:8444', `localhost:${world.gateway.officePort}`)
      .replaceAll('/srv/witness', witness.directory)
      .replaceAll('auditor_1@db.example/lienthong', `${login.name}@${host}${pathname}`)
  }

  async #paper(): Promise<Readonly<Record<string, string>>> {
    const { world, witness } = this.#options
    const data = join(world.directory, 'var')
    const control = await keyFor('control-lane', data, world.certsDir)
    const packs = await keyFor('packs', data, world.certsDir)
    return {
      control: control.vkey,
      fingerprint: grouped(control.id),
      genesis: grouped(new LocalStateFile(data).state.genesis ?? ''),
      packs: grouped(packs.id),
      witness: witness.verifierKey,
    }
  }
}

/** What the operator reads from `keys list`. */
export async function keyFor(use: string, data: string, certsDir: string): Promise<{ vkey: string; id: string }> {
  const environment = { DATA_DIR: data, CERTS_DIR: certsDir }
  const { stdout, stderr } = await runCommand(['keys', 'list', '--json'], environment)
  if (stdout === '') throw new Error(stderr)
  const { keys } = JSON.parse(stdout) as { keys: { use: string; vkey: string; id: string }[] }
  const found = keys.find(key => key.use === use)
  if (!found) throw new Error(`there is no key for ${use}`)
  return found
}

const grouped = (digest: string): string => digest.toUpperCase().match(/.{4}/g)?.join(' ') ?? ''

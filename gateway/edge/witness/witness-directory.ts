import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../../domain/result.ts'
import { decodeBase64, encodeBase64 } from '../../log/base64.ts'
import { formatCosignerKey } from '../../log/cosignature.ts'
import { HASH_BYTES } from '../../log/hash.ts'
import { isKeyName, parseVerifierKey, type Verifier } from '../../log/note-key.ts'
import { NOTHING_WITNESSED, type WitnessedHead } from '../../log/witness.ts'

/** A word of the witness's own people that a log goes on from somewhere else than what was cosigned. */
export interface Accepted {
  /** RFC 3339, UTC. */
  readonly at: string
  readonly from: { readonly size: number; readonly root: string }
  readonly to: { readonly size: number; readonly root: string }
  readonly why: string
}

/** One log, as it is kept. */
export interface KeptLog {
  readonly origin: string
  readonly head: WitnessedHead
  /** The newest checkpoint with the log's signatures and our cosignature; null: none yet, or accepted since. */
  readonly note: string | null
  readonly accepted: readonly Accepted[]
}

/** What is wrong with a witness's directory, in words for whoever runs it. */
export class WitnessUnusable extends Error {
  override readonly name = 'WitnessUnusable'
}

const MODE = 0o600

/**
 * All that a witness keeps, in one directory: `witness.json` and `witness.key`; below `logs/`, for each log, `<id>.keys` (whom it
 * believes) and `<id>.json` (what it has cosigned). `<id>` is the SHA-256 of the origin. A log whose `.json` has gone is not
 * witnessed any more: a witness that forgot would cosign an older tree.
 */
export class WitnessDirectory {
  readonly path: string
  readonly name: string
  readonly verifierKey: string
  readonly privateKey: KeyObject

  private constructor(path: string, name: string, privateKey: KeyObject) {
    this.path = path
    this.name = name
    this.privateKey = privateKey
    this.verifierKey = formatCosignerKey(name, privateKey)
  }

  /** Makes the key of a new witness. Throws WitnessUnusable where there is one. */
  static make(path: string, name: string): WitnessDirectory {
    if (!isKeyName(name)) throw new WitnessUnusable('a name has neither spaces nor plus')
    if (existsSync(join(path, 'witness.json'))) throw new WitnessUnusable(`${path} is a witness already`)
    mkdirSync(join(path, 'logs'), { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync('ed25519')
    writeWhole(join(path, 'witness.key'), privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    const made = new WitnessDirectory(path, name, privateKey)
    // Last: a crash before leaves no witness, and the next try makes another key.
    writeWhole(join(path, 'witness.json'), json({ name, verifierKey: made.verifierKey }))
    return made
  }

  static open(path: string): WitnessDirectory {
    try {
      const { name, verifierKey } = JSON.parse(readFileSync(join(path, 'witness.json'), 'utf8')) as Record<
        string,
        unknown
      >
      const key = createPrivateKey(readFileSync(join(path, 'witness.key'), 'utf8'))
      const opened = new WitnessDirectory(path, String(name), key)
      if (opened.verifierKey !== verifierKey) throw new WitnessUnusable('the key is not that of witness.json')
      return opened
    } catch (thrown) {
      const why = thrown instanceof WitnessUnusable ? thrown.message : describe(thrown)
      throw new WitnessUnusable(`${path} is no witness (${why}): make one with \`lienthong witness init\``)
    }
  }

  get lockPath(): string {
    return join(this.path, 'lock')
  }

  origins(): readonly string[] {
    return readdirSync(join(this.path, 'logs'))
      .filter(file => file.endsWith('.keys'))
      .flatMap(file => readKeys(join(this.path, 'logs', file)).slice(0, 1))
      .map(({ name }) => name)
      .sort()
  }

  /** Whom it believes about this log; read again each time, so that a key may be added while it serves. Empty: not witnessed. */
  keysOf(origin: string): readonly Verifier[] {
    return readKeys(this.#file(origin, 'keys')).filter(({ name }) => name === origin)
  }

  /** Adds a key of a log, under its origin: its first begins at nothing. False: it was there. */
  trust(text: string): Result<boolean> {
    const key = parseVerifierKey(text)
    if (!key.ok) return key
    const origin = key.value.name
    const file = this.#file(origin, 'keys')
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
    if (lines.includes(text)) return ok(false)
    // The state before the key: a crash in between leaves a log that nobody is believed about.
    if (lines.length === 0 && !existsSync(this.#file(origin, 'json')))
      this.keep({ origin, head: NOTHING_WITNESSED, note: null, accepted: [] })
    writeWhole(file, `${[...lines, text].join('\n')}\n`)
    return ok(true)
  }

  /** Throws WitnessUnusable where it has gone or was damaged: nothing is cosigned on a guess. */
  read(origin: string): KeptLog {
    const file = this.#file(origin, 'json')
    try {
      const log = parseLog(readFileSync(file, 'utf8'))
      if (log.ok && log.value.origin === origin) return log.value
      throw new WitnessUnusable(log.ok ? 'it is of another log' : log.error)
    } catch (thrown) {
      throw new WitnessUnusable(`${file} cannot be used (${describe(thrown)}): restore the newest copy`)
    }
  }

  /** Durable once it returns; a crash leaves the state before or this one. */
  keep({ origin, head, note, accepted }: KeptLog): void {
    const text = json({ v: 1, origin, size: head.size, root: encodeBase64(head.root), note, accepted })
    writeWhole(this.#file(origin, 'json'), text)
  }

  #file(origin: string, suffix: 'keys' | 'json'): string {
    return join(this.path, 'logs', `${idOf(origin)}.${suffix}`)
  }
}

/** Names a log in file names and addresses: hex SHA-256 of its origin. */
export const idOf = (origin: string): string => createHash('sha256').update(origin).digest('hex')

function readKeys(file: string): readonly Verifier[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const key = parseVerifierKey(line)
      if (!key.ok) throw new WitnessUnusable(`${file}: ${key.error}`)
      return key.value
    })
}

function parseLog(text: string): Result<KeptLog> {
  const { v, origin, size, root, note, accepted } = JSON.parse(text) as Record<string, unknown>
  const hash = decodeBase64(typeof root === 'string' ? root : '')
  const whole =
    v === 1 &&
    typeof origin === 'string' &&
    Number.isSafeInteger(size) &&
    hash?.length === HASH_BYTES &&
    (note === null || typeof note === 'string') &&
    Array.isArray(accepted)
  return whole
    ? ok({ origin, head: { size: size as number, root: hash }, note, accepted: accepted as Accepted[] })
    : err('it is damaged')
}

const describe = (thrown: unknown): string =>
  thrown instanceof WitnessUnusable ? thrown.message : ((thrown as NodeJS.ErrnoException).code ?? 'it is damaged')

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** Flushed, put in place whole, and its name flushed too. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: MODE, flush: true })
  renameSync(`${path}.new`, path)
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

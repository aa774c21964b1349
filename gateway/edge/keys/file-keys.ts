import { createPrivateKey, createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The keys of this installation that outlive a process. */
export interface InstallationKeys {
  /** Ed25519: signs the control lane's checkpoints. */
  readonly controlLane: KeyObject
  /** 32 random bytes: keys the commitments to payloads. Lost, nobody can prove any more what crossed. */
  readonly evidence: KeyObject
}

/** Reads the keys in a directory, making those that are missing (mode 0600, in a directory of mode 0700). */
export function openKeys(directory: string): InstallationKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const controlLane = openOrMake(join(directory, 'control-lane.key'), () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const evidence = openOrMake(join(directory, 'evidence.key'), () => `${randomBytes(32).toString('hex')}\n`)
  return {
    controlLane: createPrivateKey(controlLane),
    evidence: createSecretKey(Buffer.from(evidence.trim(), 'hex')),
  }
}

/** A crash between write and rename leaves a `.new` file that nobody reads; the next start makes another. */
function openOrMake(path: string, make: () => string): string {
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, make(), { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }
  return readFileSync(path, 'utf8')
}

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where distributions put SoftHSM2's library: Debian, Fedora, Alpine and Arch, Homebrew. */
const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
]

/** The library of SoftHSM2 on this machine; null: it is not installed (Debian: `apt-get install softhsm2`). */
export const softHsm: string | null = LIBRARIES.find(path => existsSync(path)) ?? null

export interface SoftToken {
  /** Variables of a gateway that keeps its keys in the token. */
  readonly environment: Record<string, string>
  /** Where SoftHSM keeps the token: moved away, the token has gone. */
  readonly tokens: string
}

/** A new token in a directory of a test's own, made by the very lines that docs/keys.md shows. */
export function makeSoftToken(directory: string): SoftToken {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/keys.md'), 'utf8')
  const [, lines] = /^```bash token\n([\s\S]*?)^```$/m.exec(page) ?? []
  if (lines === undefined) throw new Error('docs/keys.md does not show how to make a token')
  execFileSync('bash', ['-e', '-c', lines], { cwd: directory, stdio: 'ignore' })
  return {
    tokens: join(directory, 'tokens'),
    environment: {
      SOFTHSM2_CONF: join(directory, 'softhsm2.conf'),
      PKCS11_MODULE: softHsm ?? '',
      PKCS11_TOKEN: 'lienthong',
      PKCS11_PIN_FILE: join(directory, 'pin'),
    },
  }
}

import { join, resolve } from 'node:path'
import { type GatewayId, parseGatewayId } from '../domain/gateway-id.ts'
import type { Result } from '../domain/result.ts'
import { readSignatureAlgorithms, readTlsGroups, readTlsVersion } from '../edge/listener/read-tls-rules.ts'
import type { TlsRules } from '../edge/listener/tls-policy.ts'
import { Misuse } from './misuse.ts'

/** What the environment says. Read here and nowhere else. */
export interface Settings {
  readonly exchangePort: number
  readonly officePort: number
  readonly opsPort: number
  readonly host: string
  /** Our own address as systems know it, an https origin: issuer of tokens and assertions. `port` is the open one. */
  readonly publicUrl: (port: number) => string
  readonly dataDir: string
  /** The run-time role; null: the embedded server under `dataDir`. */
  readonly databaseUrl: string | null
  /** Only for `lienthong migrate`. */
  readonly databaseAdminUrl: string | null
  /** Directory of YAML that the genesis is made of; null: the first start needs one. */
  readonly configDir: string | null
  readonly certsDir: string
  readonly keysDir: string
  /** File with the passphrase of the keys in files; null: they are not encrypted. */
  readonly keysPassphraseFile: string | null
  /** The token that new signing keys are made in; null: files. */
  readonly pkcs11: { readonly module: string; readonly token: string; readonly pinFile: string } | null
  readonly gatewayId: GatewayId
  /** Towards callers, and towards providers. */
  readonly exchangeTls: TlsRules
  readonly providerTls: TlsRules
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws Misuse naming the variable. */
export function readSettings(environment: Environment): Settings {
  const dataDir = resolve(environment.DATA_DIR ?? './var')
  const gatewayId = parseGatewayId(environment.GATEWAY_ID ?? 'gateway-1')
  if (!gatewayId.ok) throw new Misuse(`GATEWAY_ID: ${gatewayId.error}`)
  if ((environment.WORKERS ?? '1') !== '1')
    throw new Misuse(
      'WORKERS: this version runs one process; start further gateways with the same DATABASE_URL and another GATEWAY_ID',
    )
  if (environment.REDIS_URL !== undefined) throw new Misuse('REDIS_URL: this version keeps rates per process; unset it')
  const rules = {
    groups: named('TLS_GROUPS', readTlsGroups(environment.TLS_GROUPS)),
    signatureAlgorithms: named(
      'TLS_SIGNATURE_ALGORITHMS',
      readSignatureAlgorithms(environment.TLS_SIGNATURE_ALGORITHMS),
    ),
  }
  const exchangeVersion = readTlsVersion(environment.EXCHANGE_TLS_MIN_VERSION)
  const providerVersion = readTlsVersion(environment.PROVIDER_TLS_MIN_VERSION)
  return {
    exchangePort: port(environment, 'EXCHANGE_PORT', 8443),
    officePort: port(environment, 'OFFICE_PORT', 8444),
    opsPort: port(environment, 'OPS_PORT', 9464),
    host: environment.HOST ?? '127.0.0.1',
    publicUrl: publicUrl(environment.PUBLIC_URL, environment.HOST),
    dataDir,
    databaseUrl: environment.DATABASE_URL ?? null,
    databaseAdminUrl: environment.DATABASE_ADMIN_URL ?? null,
    configDir: environment.CONFIG_DIR === undefined ? null : resolve(environment.CONFIG_DIR),
    certsDir: resolve(environment.CERTS_DIR ?? './certs-dev/out'),
    keysDir: resolve(environment.KEYS_DIR ?? join(dataDir, 'keys')),
    keysPassphraseFile:
      environment.KEYS_PASSPHRASE_FILE === undefined ? null : resolve(environment.KEYS_PASSPHRASE_FILE),
    pkcs11: pkcs11(environment.PKCS11_MODULE, environment.PKCS11_TOKEN, environment.PKCS11_PIN_FILE),
    gatewayId: gatewayId.value,
    exchangeTls: { ...rules, minVersion: named('EXCHANGE_TLS_MIN_VERSION', exchangeVersion) },
    providerTls: { ...rules, minVersion: named('PROVIDER_TLS_MIN_VERSION', providerVersion) },
  }
}

/** Without PUBLIC_URL what works on one machine: `localhost` stands in the certificate, and 127.0.0.1 is where we listen. */
function publicUrl(text: string | undefined, host = 'localhost'): (port: number) => string {
  if (text === undefined) return port => `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' || url.origin !== text)
    throw new Misuse('PUBLIC_URL: an https origin without a slash at the end, like https://gateway.example:8443')
  return () => text
}

function named<T>(name: string, result: Result<T>): T {
  if (!result.ok) throw new Misuse(`${name}: ${result.error}`)
  return result.value
}

/** All three or none: half of it is a mistake that would put keys in another place than meant. */
function pkcs11(module?: string, token?: string, pinFile?: string): Settings['pkcs11'] {
  if (module === undefined && token === undefined && pinFile === undefined) return null
  if (!module || !token || !pinFile)
    throw new Misuse('PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN_FILE: set all three, or none')
  return { module: resolve(module), token, pinFile: resolve(pinFile) }
}

function port(environment: Environment, name: string, normally: number): number {
  const text = environment[name]
  if (text === undefined) return normally
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new Misuse(`${name}: a port is a number from 0 to 65535`)
  return value
}

import { join, resolve } from 'node:path'
import { type GatewayId, parseGatewayId } from '../domain/gateway-id.ts'
import { Misuse } from './misuse.ts'

/** What the environment says. Read here and nowhere else. */
export interface Settings {
  readonly exchangePort: number
  readonly opsPort: number
  readonly host: string
  readonly dataDir: string
  /** The run-time role; null: the embedded server under `dataDir`. */
  readonly databaseUrl: string | null
  /** Only for `lienthong migrate`. */
  readonly databaseAdminUrl: string | null
  /** Directory of YAML that the genesis is made of; null: the first start needs one. */
  readonly configDir: string | null
  readonly certsDir: string
  readonly keysDir: string
  readonly gatewayId: GatewayId
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
  return {
    exchangePort: port(environment, 'EXCHANGE_PORT', 8443),
    opsPort: port(environment, 'OPS_PORT', 9464),
    host: environment.HOST ?? '127.0.0.1',
    dataDir,
    databaseUrl: environment.DATABASE_URL ?? null,
    databaseAdminUrl: environment.DATABASE_ADMIN_URL ?? null,
    configDir: environment.CONFIG_DIR === undefined ? null : resolve(environment.CONFIG_DIR),
    certsDir: resolve(environment.CERTS_DIR ?? './certs-dev/out'),
    keysDir: resolve(environment.KEYS_DIR ?? join(dataDir, 'keys')),
    gatewayId: gatewayId.value,
  }
}

function port(environment: Environment, name: string, normally: number): number {
  const text = environment[name]
  if (text === undefined) return normally
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new Misuse(`${name}: a port is a number from 0 to 65535`)
  return value
}

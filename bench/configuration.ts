import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OPENAPI } from './messages.ts'

/** JSON is YAML. */
const yaml = (value: unknown): string => JSON.stringify(value, null, 2)

const PARTIES = ['genesis.yaml', 'units.yaml', 'systems.yaml', 'issuers.yaml', 'officers.yaml']

/**
 * The configuration that is measured: the parties of the demo, one service of two operations, one agreement with every limit
 * on and none of them in the way.
 */
export function writeConfiguration(directory: string, providerPort: number): void {
  const put = (name: string, text: string): void => {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  for (const name of PARTIES) {
    const text = readFileSync(join('deploy/demo', name), 'utf8')
    put(name, text.replaceAll('https://localhost:9443', `https://localhost:${providerPort}`))
  }
  put('purposes.yaml', yaml([{ code: 'bench', title: { en: 'Measurement', vi: 'Đo hiệu năng' } }]))
  put('services/bench-v1/openapi.yaml', yaml(OPENAPI))
  put('services/bench-v1/service.yaml', yaml(SERVICE))
  put('agreements/bench.yaml', yaml(AGREEMENT))
}

const SERVICE = {
  id: 'G99.10/bench/v1',
  provider: 'G99.10/data-centre',
  title: { en: 'Benchmark', vi: 'Đo hiệu năng' },
  basePath: '/bench/v1',
  deadline: 'PT10S',
  owner: 'Benchmark',
  legalBasis: 'None: a measurement',
  sourceOfTruth: 'None: a measurement',
  updateCycle: 'Never',
}

const AGREEMENT = {
  id: 'bench',
  consumer: 'G99.21/records',
  service: 'G99.10/bench/v1',
  purposes: ['bench'],
  ceiling: 'internal',
  valid: { from: '2026-01-01T00:00:00+07:00', until: '2076-01-01T00:00:00+07:00' },
  limits: { perMinute: 1_000_000, concurrent: 10_000, bytesPerDay: 9_007_199_254_740_991 },
  signature: 'none',
  legalBasis: { instrument: 'None: a measurement', article: 'None' },
  securityConfirmedOn: new Date().toISOString().slice(0, 'YYYY-MM-DD'.length),
  contacts: { consumer: 'Benchmark', provider: 'Benchmark' },
  retentionAtConsumer: 'P1Y',
}

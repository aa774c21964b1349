import { Misuse } from '../misuse.ts'
import type { ProviderProgram } from './start-provider.ts'

export interface DemoProvider extends ProviderProgram {
  /** The port that deploy/demo/systems.yaml names; part of the configuration, so that another port becomes another revision. */
  readonly usualPort: number
}

/** What the environment says of the providers; absent: as usual. */
export interface ProviderSettings {
  readonly dataCentrePort: string | undefined
  readonly logisticsPort: string | undefined
  /** Administrative units as JSON. */
  readonly unitsFile: string | undefined
  /** Where they get the gateway's keys from. */
  readonly gatewayUrl: string
}

/** The providers of the demo world. Throws Misuse naming the variable. */
export function demoProviders(settings: ProviderSettings, certsDir: string): readonly DemoProvider[] {
  const { dataCentrePort, logisticsPort, unitsFile, gatewayUrl } = settings
  const common = { GATEWAY_URL: gatewayUrl }
  return [
    {
      name: 'data-centre',
      usualPort: 9443,
      portVariable: 'DEMO_PROVIDER_PORT',
      port: portOf(dataCentrePort, 9443, 'DEMO_PROVIDER_PORT'),
      certsDir,
      environment: unitsFile === undefined ? common : { ...common, UNITS_FILE: unitsFile },
    },
    {
      name: 'logistics',
      usualPort: 9444,
      portVariable: 'DEMO_LOGISTICS_PORT',
      port: portOf(logisticsPort, 9444, 'DEMO_LOGISTICS_PORT'),
      certsDir,
      environment: common,
    },
  ]
}

function portOf(text: string | undefined, usual: number, variable: string): number {
  const port = Number(text ?? usual)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new Misuse(`${variable}: a port is a number from 1 to 65535`)
}

/** The text of a configuration file with the endpoints where the providers really listen. */
export function withPorts(text: string, providers: readonly DemoProvider[]): string {
  const ports = new Map(providers.map(({ usualPort, port }) => [String(usualPort), port]))
  // In one pass: a chosen port may be the usual one of the other.
  return text.replace(/https:\/\/localhost:(\d+)/g, (endpoint, usual: string) => {
    const port = ports.get(usual)
    return port === undefined ? endpoint : `https://localhost:${port}`
  })
}

import { describe, expect, it } from '@jest/globals'
import { demoProviders, withPorts } from '../../../gateway/cli/demo/providers.ts'

const settings = {
  dataCentrePort: undefined,
  logisticsPort: undefined,
  unitsFile: undefined,
  gatewayUrl: 'https://localhost:8443',
}
const text = 'a: https://localhost:9443\nb: https://localhost:9444\nc: https://localhost:94430\n'

describe('the providers of the demo', () => {
  it('listen where the configuration says', () => {
    const providers = demoProviders(settings, 'certs')
    expect(providers.map(({ name, port }) => [name, port])).toEqual([
      ['data-centre', 9443],
      ['logistics', 9444],
    ])
    expect(withPorts(text, providers)).toBe(text)
  })

  it('take other ports into the configuration, also each the one of the other', () => {
    const providers = demoProviders({ ...settings, dataCentrePort: '9444', logisticsPort: '9443' }, 'certs')
    expect(withPorts(text, providers)).toBe(
      'a: https://localhost:9444\nb: https://localhost:9443\nc: https://localhost:94430\n',
    )
  })

  it('hand the file of administrative units to the data centre only', () => {
    const providers = demoProviders({ ...settings, unitsFile: 'units.json' }, 'certs')
    expect(providers.map(({ environment }) => environment)).toEqual([
      { GATEWAY_URL: 'https://localhost:8443', UNITS_FILE: 'units.json' },
      { GATEWAY_URL: 'https://localhost:8443' },
    ])
  })

  it.each([
    ['x', 'no number'],
    ['0', 'a free port would not be the one in the configuration'],
    ['65536', 'above the highest'],
    ['9443.5', 'no whole number'],
  ])('refuse the port %s: %s', port => {
    expect(() => demoProviders({ ...settings, logisticsPort: port }, 'certs')).toThrow('DEMO_LOGISTICS_PORT')
  })
})

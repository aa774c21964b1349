import { describe, expect, it } from '@jest/globals'
import { Misuse } from '../../../gateway/cli/misuse.ts'
import { readSettings } from '../../../gateway/cli/settings.ts'

describe('the TLS variables', () => {
  it('are good where none is set: TLS 1.3 both ways', () => {
    const { exchangeTls, providerTls } = readSettings({})
    expect([exchangeTls.minVersion, providerTls.minVersion]).toEqual(['TLSv1.3', 'TLSv1.3'])
  })

  it('set the version of each side on its own', () => {
    const { exchangeTls, providerTls } = readSettings({ PROVIDER_TLS_MIN_VERSION: '1.2' })
    expect([exchangeTls.minVersion, providerTls.minVersion]).toEqual(['TLSv1.3', 'TLSv1.2'])
  })

  it.each([
    ['EXCHANGE_TLS_MIN_VERSION', '1.1'],
    ['PROVIDER_TLS_MIN_VERSION', 'TLSv1.2'],
    ['TLS_GROUPS', 'secp192r1'],
    ['TLS_SIGNATURE_ALGORITHMS', 'rsa_pkcs1_sha1'],
  ])('%s=%s stops the start, naming the variable', (name, value) => {
    const start = () => readSettings({ [name]: value })
    expect(start).toThrow(Misuse)
    expect(start).toThrow(new RegExp(`^${name}: `))
  })
})

import { X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { PKCS12_PASSWORD } from '../../../certs-dev/make-development-certificates.ts'
import { isDevelopmentCertificate } from '../../../gateway/pki/development.ts'
import { readPrivateKey } from '../../../gateway/pki/keys.ts'
import { makeAuthority } from '../../../gateway/pki/make-authority.ts'
import { blocksOf, pemOf } from '../../../gateway/pki/pem.ts'
import { openssl } from '../pki/openssl.ts'
import { ALL, binding, certificate, days, LEAVES, make, newFolder, NOW, read } from './world.ts'

const seconds = (date: Date) => Math.floor(date.getTime() / 1000)

describe('a first run', () => {
  it('makes the files of the contract, readable by their owner only', async () => {
    const out = newFolder()
    const progress: string[] = []
    const result = await make(out, { onProgress: (name, done, total) => progress.push(`${done}/${total} ${name}`) })
    expect(result).toEqual({ made: ALL, renewed: [], kept: [] })
    expect(progress).toEqual(ALL.map((name, index) => `${index + 1}/${ALL.length} ${name}`))
    const names = ['G99.10.data-centre', 'G99.21.records', 'officer.security-1']
    const files = [
      ...['ca.crt', 'ca.key', 'issuing.crt', 'issuing.key', 'gateway.crt', 'gateway.key', 'crl.pem'],
      ...names.flatMap(name => ['crt', 'key', 'p12'].map(suffix => `${name}.${suffix}`)),
      ...names.filter(name => name.startsWith('G99')).flatMap(name => [`${name}.sign.key`, `${name}.sign.pub`]),
    ]
    expect(readdirSync(out).sort()).toEqual(files.sort())
    expect(statSync(out).mode & 0o777).toBe(0o700)
    for (const file of files.filter(name => /key$|p12$/.test(name)))
      expect([file, statSync(join(out, file)).mode & 0o777]).toEqual([file, 0o600])
    for (const file of files.filter(name => name.endsWith('.key')))
      expect(read(out, file)).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
  })

  it('makes what openssl accepts', async () => {
    const out = newFolder()
    await make(out)
    for (const leaf of LEAVES) {
      const files = {
        ca: read(out, 'ca.crt'),
        issuing: read(out, 'issuing.crt'),
        leaf: read(out, leaf),
        crl: read(out, 'crl.pem'),
      }
      const options = `-x509_strict -attime ${seconds(NOW)} -crl_check_all -CRLfile {crl} -CAfile {ca}`
      expect(openssl(`verify ${options} -untrusted {issuing} {leaf}`, files)).toContain('OK')
      // The file brings its own chain, without the root.
      expect(openssl(`verify ${options} -untrusted {leaf} {leaf}`, files)).toContain('OK')
      expect(blocksOf('CERTIFICATE', files.leaf)).toHaveLength(2)
      expect(isDevelopmentCertificate(files.leaf)).toBe(true)
    }
    expect(openssl('crl -noout -text -in {crl}', { crl: read(out, 'crl.pem') })).toContain('No Revoked Certificates')
    const p12 = readFileSync(join(out, 'G99.21.records.p12'))
    const unpacked = openssl(`pkcs12 -in {p12} -passin pass:${PKCS12_PASSWORD} -nodes`, { p12 })
    expect(blocksOf('CERTIFICATE', unpacked)).toEqual(blocksOf('CERTIFICATE', read(out, 'G99.21.records.crt')))
    expect(unpacked).toContain(read(out, 'G99.21.records.key'))
  })

  it('names each by its role', async () => {
    const out = newFolder()
    await make(out, { hosts: ['gateway.example', '10.1.2.3', 'localhost'] })
    const loopback = 'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1'
    const [server, client] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
    const says = (name: string) => [certificate(out, name).subjectAltName, certificate(out, name).keyUsage]
    expect(says('gateway')).toEqual([
      `URI:urn:lienthong:gateway:gateway-1, DNS:localhost, DNS:gateway.example, ${loopback}, IP Address:10.1.2.3`,
      [server, client],
    ])
    expect(says('G99.10.data-centre')).toEqual([
      `URI:urn:lienthong:system:G99.10/data-centre, DNS:localhost, ${loopback}`,
      [client, server],
    ])
    expect(says('G99.21.records')).toEqual(['URI:urn:lienthong:system:G99.21/records', [client]])
    expect(says('officer.security-1')).toEqual(['URI:urn:lienthong:officer:security-1', [client]])
    const lasts = (name: string) =>
      Math.round((Date.parse(certificate(out, name).validTo) - NOW.getTime()) / 86_400_000)
    expect(['ca', 'issuing', 'gateway', 'G99.21.records'].map(lasts)).toEqual([90, 90, 30, 30])
  })
})

describe('another run', () => {
  it('keeps everything', async () => {
    const out = newFolder()
    await make(out)
    const before = readdirSync(out).map(name => readFileSync(join(out, name), 'base64'))
    expect(await make(out, { now: days(1) })).toEqual({ made: [], renewed: [], kept: ALL })
    expect(readdirSync(out).map(name => readFileSync(join(out, name), 'base64'))).toEqual(before)
  })

  it.each([
    // CRLs last 7 days, leaves 30, authorities 90; all are made again when 3 days are left
    [3, []],
    [4, ['crl.pem']],
    [26, ['crl.pem']],
    [27, [...LEAVES, 'crl.pem']],
    [31, [...LEAVES, 'crl.pem']], // expired
    [80, [...LEAVES, 'crl.pem']], // for the 10 days that the issuing authority has left
    [87, ALL],
    [400, ALL],
    [-1, ALL], // not yet valid: the clock was wrong
  ])('after %d days renews what ends soon, for the same keys', async (later, renewed) => {
    const out = newFolder()
    await make(out)
    const bindings = () => ALL.slice(0, -1).map(name => binding(out, name.replace('.crt', '')))
    const before = bindings()
    expect(await make(out, { now: days(later) })).toEqual({
      made: [],
      renewed,
      kept: ALL.filter(name => !renewed.includes(name)),
    })
    expect(bindings()).toEqual(before)
    const leaf = certificate(out, 'G99.21.records')
    expect(Date.parse(leaf.validFrom)).toBeLessThanOrEqual(days(later).getTime())
    expect(Date.parse(leaf.validTo)).toBeGreaterThan(days(later + 3).getTime())
    expect(Date.parse(leaf.validTo)).toBeLessThanOrEqual(Date.parse(certificate(out, 'issuing').validTo))
  })

  it('keeps leaves when only the certificates above them are renewed, and mends their chain', async () => {
    const out = newFolder()
    await make(out)
    const leaf = certificate(out, 'G99.21.records').fingerprint256
    rmSync(join(out, 'issuing.crt'))
    expect(await make(out)).toEqual({ made: ['issuing.crt'], renewed: LEAVES, kept: ['ca.crt', 'crl.pem'] })
    expect(certificate(out, 'G99.21.records').fingerprint256).toBe(leaf)
    expect(blocksOf('CERTIFICATE', read(out, 'G99.21.records.crt'))[1]).toBe(read(out, 'issuing.crt'))
  })

  it('issues leaves again when the issuing key is another one', async () => {
    const out = newFolder()
    await make(out)
    const [leaf, key] = [certificate(out, 'gateway').fingerprint256, binding(out, 'gateway')]
    rmSync(join(out, 'issuing.key'))
    expect(await make(out)).toEqual({ made: ['issuing.crt'], renewed: [...LEAVES, 'crl.pem'], kept: ['ca.crt'] })
    expect(certificate(out, 'gateway').fingerprint256).not.toBe(leaf)
    expect(binding(out, 'gateway')).toBe(key)
  })

  it('issues the certificate again when the gateway has another host', async () => {
    const out = newFolder()
    await make(out)
    expect((await make(out, { hosts: ['gateway.example'] })).renewed).toEqual(['gateway.crt'])
    expect((await make(out, { hosts: ['gateway.example'] })).renewed).toEqual([])
  })

  it('makes new systems beside the old ones, and keeps keys of another type', async () => {
    const out = newFolder()
    const { systems, officers } = { systems: [], officers: [] }
    await make(out, { systems, officers })
    const key = binding(out, 'gateway')
    const result = await make(out, { officers, keyType: 'p256' })
    expect(result.made).toEqual(['G99.10.data-centre.crt', 'G99.21.records.crt'])
    expect(binding(out, 'gateway')).toBe(key)
  })
})

/** The first certificate with the last byte of its signature changed: everything in it is as before. */
function damaged(text: string): string {
  const der = Buffer.from(new X509Certificate(text).raw)
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return pemOf('CERTIFICATE', der)
}

describe('what a crash or somebody left', () => {
  const broken: [string, (out: string) => void, { made?: string[]; renewed?: string[] }][] = [
    ['a key without certificate', out => rmSync(join(out, 'gateway.crt')), { made: ['gateway.crt'] }],
    ['a certificate without key', out => rmSync(join(out, 'gateway.key')), { made: ['gateway.crt'] }],
    ['no p12', out => rmSync(join(out, 'G99.21.records.p12')), { renewed: ['G99.21.records.crt'] }],
    ['an empty key', out => writeFileSync(join(out, 'gateway.key'), ''), { made: ['gateway.crt'] }],
    ['an empty certificate', out => writeFileSync(join(out, 'gateway.crt'), ''), { made: ['gateway.crt'] }],
    [
      'a broken certificate',
      out => writeFileSync(join(out, 'gateway.crt'), read(out, 'gateway.crt').replace('MII', 'AAA')),
      { renewed: ['gateway.crt'] },
    ],
    [
      'a changed signature',
      out => writeFileSync(join(out, 'gateway.crt'), damaged(read(out, 'gateway.crt')) + read(out, 'issuing.crt')),
      { renewed: ['gateway.crt'] },
    ],
    [
      'the key of another',
      out => writeFileSync(join(out, 'gateway.key'), read(out, 'G99.21.records.key')),
      { renewed: ['gateway.crt'] },
    ],
    ['no CRL', out => rmSync(join(out, 'crl.pem')), { made: ['crl.pem'] }],
    [
      'one CRL of two',
      out => writeFileSync(join(out, 'crl.pem'), blocksOf('X509 CRL', read(out, 'crl.pem'))[0] ?? ''),
      { renewed: ['crl.pem'] },
    ],
    [
      'CRLs in the wrong order',
      out => writeFileSync(join(out, 'crl.pem'), blocksOf('X509 CRL', read(out, 'crl.pem')).reverse().join('')),
      { renewed: ['crl.pem'] },
    ],
  ]
  it.each(broken)('%s is mended, the rest kept', async (_, damage, { made = [], renewed = [] }) => {
    const out = newFolder()
    await make(out)
    damage(out)
    const kept = ALL.filter(name => !made.includes(name) && !renewed.includes(name))
    expect(await make(out)).toEqual({ made, renewed, kept })
    expect(await make(out)).toEqual({ made: [], renewed: [], kept: ALL })
    expect(certificate(out, 'gateway').checkIssued(certificate(out, 'issuing'))).toBe(true)
  })

  it('all below an issuing authority whose name somebody changed is issued again', async () => {
    const out = newFolder()
    await make(out)
    const key = (name: string) => readPrivateKey(read(out, `${name}.key`))
    const other = await makeAuthority({
      subject: { commonName: 'Other', organization: 'x' },
      key: key('issuing'),
      issuer: { certificate: read(out, 'ca.crt'), key: key('ca') },
      notBefore: days(-1),
      notAfter: days(80),
    })
    writeFileSync(join(out, 'issuing.crt'), other.certificate)
    expect((await make(out)).renewed).toEqual(LEAVES)
    expect(certificate(out, 'gateway').checkIssued(certificate(out, 'issuing'))).toBe(true)
  })

  it('keys that others can read are taken back', async () => {
    const out = newFolder()
    await make(out)
    chmodSync(join(out, 'ca.key'), 0o644)
    await make(out)
    expect(statSync(join(out, 'ca.key')).mode & 0o777).toBe(0o600)
  })

  it('temporary files go when they are old: a run of another process may still need the others', async () => {
    const out = newFolder()
    await make(out)
    const [old, young] = [join(out, '.ca.key.00.tmp'), join(out, '.ca.key.01.tmp')]
    for (const file of [old, young]) writeFileSync(file, '')
    utimesSync(old, new Date(0), new Date(0))
    await make(out)
    expect([old, young].map(existsSync)).toEqual([false, true])
  })
})

it('runs beside itself end with certificates that fit', async () => {
  const out = newFolder()
  await Promise.all([make(out), make(out), make(out)])
  await make(out)
  expect(await make(out)).toEqual({ made: [], renewed: [], kept: ALL })
})

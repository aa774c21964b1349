import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { connect as connectPlain } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { type KeyObject, X509Certificate } from 'node:crypto'
import { makeKey, privateKeyPem } from '../../../gateway/pki/keys.ts'
import type { Authority } from '../../../gateway/pki/sign-certificate.ts'
import { addIssuer, addSystem } from '../../support/refusals/additions.ts'
import { authorityOf, keyOf, newAuthority, writeCertificate, writeCrls } from '../../support/refusals/certificates.ts'
import {
  authorityBelow,
  leafOfItself,
  leafWithUnknownExtension,
  signedOverSha1,
  type Subtree,
} from '../../support/refusals/odd-certificates.ts'
import { runRows } from '../../support/refusals/run-rows.ts'
import { LIST } from '../../support/refusals/row.ts'
import { requestText } from '../../support/refusals/raw-connection.ts'
import { eventually, RECORDS, type Scene, setScene } from '../../support/refusals/scene.ts'
import { certificateRows, revocationRows } from './certificates.rows.ts'

const DAY = 86_400_000
const inDays = (days: number): Date => new Date(Date.now() + days * DAY)
const REQUEST = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

/** Good in everything but one thing that OpenSSL looks at. `other` is a registered root, below which authorities may be. */
async function writeOddCertificates(certsDir: string, key: KeyObject, other: Authority): Promise<void> {
  const records = { system: 'G99.21/records', key } as const
  const issuing = authorityOf(certsDir, 'issuing')
  await writeCertificate(certsDir, 'forged', { ...records, issuer: { ...issuing, key: makeKey() } })
  const leaf = { certificate: readFileSync(join(certsDir, `${RECORDS}.crt`), 'utf8'), key }
  const subject = { commonName: 'Grandchild', organization: 'Lienthong development, not for production' }
  await writeCertificate(certsDir, 'grandchild', { ...records, subject, issuer: leaf })
  const deep = await authorityBelow(issuing, 'Too deep')
  await writeCertificate(certsDir, 'too-deep', {
    ...records,
    issuer: deep,
    chain: deep.certificate + issuing.certificate,
  })
  const subtrees: Readonly<Record<string, Subtree>> = {
    'permitted-hosts': { kind: 'permitted', tag: 2, name: 'example.vn' },
    'excluded-organisation': { kind: 'excluded', tag: 4, organization: 'Lienthong development, not for production' },
    'permitted-uris': { kind: 'permitted', tag: 6, name: '.example.vn' },
  }
  for (const [name, subtree] of Object.entries(subtrees))
    await writeCertificate(certsDir, name, { ...records, issuer: await authorityBelow(other, name, { subtree }) })
  const weak = makeKey('rsa', { bits: 1024, weakForTests: true })
  const weakAuthority = await authorityBelow(other, 'Weak', { key: weak })
  await writeCertificate(certsDir, 'weak-authority', { ...records, issuer: weakAuthority })
  await writeCertificate(certsDir, 'unregistered', { ...records, issuer: await authorityBelow(other, 'Unregistered') })
  await writeCertificate(certsDir, 'encipherment', { ...records, keyUsages: ['keyEncipherment'] })
  for (const name of ['sha1', 'unknown-extension']) await writeCertificate(certsDir, name, records)
  const itself = makeKey()
  writeFileSync(join(certsDir, 'self.key'), privateKeyPem(itself))
  writeFileSync(join(certsDir, 'self.crt'), await leafOfItself(records.system, itself))
  const sha1 = join(certsDir, 'sha1.crt')
  writeFileSync(sha1, signedOverSha1(readFileSync(sha1, 'utf8'), issuing) + issuing.certificate)
  const unknown = await leafWithUnknownExtension(issuing, records.system, key)
  writeFileSync(join(certsDir, 'unknown-extension.crt'), unknown + issuing.certificate)
}

describe('a certificate that is not acceptable', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await setScene({
      configure: async (files, certsDir) => {
        const key = keyOf(certsDir, RECORDS)
        const records = { system: 'G99.21/records', key } as const
        const foreign = await newAuthority('Foreign')
        const other = await newAuthority('Other')
        writeFileSync(join(certsDir, 'other.crt'), other.certificate)
        addIssuer(files, 'other-ca', 'other.crt', ['G99.22'])
        addSystem(files, 'G99.21/suspended', { suspended: true })
        await writeCertificate(certsDir, 'G99.21.suspended', { system: 'G99.21/suspended' })
        await writeCertificate(certsDir, 'expired', { ...records, notBefore: inDays(-10), notAfter: inDays(-1) })
        await writeCertificate(certsDir, 'early', { ...records, notBefore: inDays(1), notAfter: inDays(10) })
        await writeCertificate(certsDir, 'foreign', { ...records, issuer: foreign })
        const weak = makeKey('rsa', { bits: 1024, weakForTests: true })
        await writeCertificate(certsDir, 'weak', { system: 'G99.21/records', key: weak, weakForTests: true })
        await writeCertificate(certsDir, 'server', { ...records, usages: ['serverAuth'] })
        await writeCertificate(certsDir, 'unbound', { system: 'G99.21/records' })
        await writeCertificate(certsDir, 'mismatch', { ...records, uris: ['urn:lienthong:system:G99.22/logistics'] })
        const uris = ['urn:lienthong:system:G99.21/records', 'urn:lienthong:system:G99.22/logistics']
        await writeCertificate(certsDir, 'two-names', { ...records, uris })
        await writeCertificate(certsDir, 'nameless', { ...records, uris: [] })
        await writeCertificate(certsDir, 'other-issuer', { ...records, issuer: other })
        await writeOddCertificates(certsDir, key, other)
        writeCrls(certsDir, [other])
      },
    })
  })
  afterAll(() => scene?.close())

  runRows(() => scene, certificateRows)

  it('that is missing: the socket closes without a byte of HTTP; tls-failure; forwarded: no', async () => {
    const { seen } = scene.world.provider
    const before = seen.length
    const raw = await scene.raw(null)
    raw.send(REQUEST)
    expect(await raw.closed()).toBe('')
    expect(seen.length).toBe(before)
    await eventually(problemsCounted, problems => problems.includes('certificate-missing'))
  })

  it('is named in its record by its fingerprint', async () => {
    const pem = readFileSync(join(scene.world.certsDir, 'foreign.crt'))
    const fingerprint = new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
    const named = (await scene.records()).filter(({ fields }) => fields.certificate === fingerprint)
    expect(named.map(({ kind, fields }) => [kind, fields.problem])).toEqual([['tls-failure', 'certificate-untrusted']])
  })

  it('TLS 1.2 is not spoken; tls-failure', async () => {
    const before = await handshakesFailed()
    await expect(scene.raw(RECORDS, { maxVersion: 'TLSv1.2' })).rejects.toThrow()
    await eventually(handshakesFailed, failed => failed > before)
  })

  it('HTTP without TLS is not spoken; tls-failure', async () => {
    const before = await handshakesFailed()
    const text = await new Promise<string>(resolve => {
      const socket = connectPlain(scene.world.gateway.exchangePort, 'localhost', () => socket.write(REQUEST))
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined)
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    })
    expect(text).not.toContain('HTTP/')
    await eventually(handshakesFailed, failed => failed > before)
    await eventually(problemsCounted, problems => problems.includes('handshake-failed'))
  })

  it('sessions are not resumed', async () => {
    const { certsDir, gateway } = scene.world
    const options = {
      host: 'localhost',
      port: gateway.exchangePort,
      ca: readFileSync(join(certsDir, 'ca.crt')),
      key: readFileSync(join(certsDir, `${RECORDS}.key`)),
      cert: readFileSync(join(certsDir, `${RECORDS}.crt`)),
    }
    const sessions: Buffer[] = []
    const open = (session?: Buffer): Promise<TLSSocket> =>
      new Promise((resolve, reject) => {
        const socket = connect({ ...options, ...(session ? { session } : {}) })
        socket.on('session', (given: Buffer) => sessions.push(given))
        socket.once('data', () => resolve(socket)).once('error', reject)
        socket.write(REQUEST)
      })
    const first = await open()
    const session = sessions.at(-1) ?? first.getSession()
    first.destroy()
    expect(session).toBeDefined()
    const second = await open(session)
    expect(second.isSessionReused()).toBe(false)
    second.destroy()
  })

  it('that expires on an open connection closes it, and a new one is refused: 401 certificate-expired; tls-failure', async () => {
    const { certsDir } = scene.world
    const notAfter = new Date(Date.now() + 2_500)
    const records = {
      system: 'G99.21/records',
      key: keyOf(certsDir, RECORDS),
      issuer: authorityOf(certsDir, 'issuing'),
    }
    await writeCertificate(certsDir, 'short', { ...records, notAfter })
    const raw = await scene.raw('short')
    raw.send(REQUEST)
    expect((await raw.answer()).status).toBe(200)
    // An idle connection: nobody has to ask for it to be closed.
    expect(await raw.closed()).toBe('')
    expect(Date.now()).toBeGreaterThan(notAfter.getTime() - 1_000)
    const again = await scene.raw('short')
    const { status, json } = await again.answer()
    expect([status, json?.code]).toEqual([401, 'certificate-expired'])
  })

  runRows(() => scene, revocationRows)

  const handshakesFailed = (): Promise<number> => scene.refusedConnections('handshake-failed')
  const problemsCounted = async (): Promise<readonly unknown[]> =>
    (await scene.records()).filter(({ kind }) => kind === 'tls-failure').map(({ fields }) => fields.problem)
})

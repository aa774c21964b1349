import { beforeAll, describe, expect, it } from '@jest/globals'
import type { ConfigurationDocument } from '../../../gateway/configuration/document.ts'
import { locateInRevision } from '../../../gateway/configuration/locate.ts'
import { parseConfiguration } from '../../../gateway/configuration/parse-configuration.ts'
import { demoCertificates, demoFiles } from './demo-directory.ts'
import { documentOf, errorsOf } from './read-and-parse.ts'

let document: ConfigurationDocument
beforeAll(async () => {
  document = documentOf(demoFiles(), await demoCertificates())
})

const locate = locateInRevision(7)

/** What somebody with write access to the database might try; the document itself is changed by `edit`. */
const tampered: readonly (readonly [
  string,
  (value: Record<string, never[] & Record<string, unknown>>) => void,
  string,
  RegExp,
])[] = [
  ['a list left out', value => void delete value['officers'], '', /"officers" is missing/],
  ['a list more', value => void (value['guests'] = [] as never), '/guests', /not known here/],
  [
    'a certificate name for a key',
    value =>
      void ((value['systems']?.[0] as unknown as Record<string, unknown>)['bindings'] = [{ certificate: 'a.crt' }]),
    '/systems/0/bindings/0/certificate',
    /not known/,
  ],
  [
    'a file name for a PEM',
    value => void ((value['issuers']?.[0] as unknown as Record<string, unknown>)['certificates'] = ['ca.crt']),
    '/issuers/0/certificates/0',
    /as PEM/,
  ],
  [
    'a PEM that is none',
    value =>
      void ((value['issuers']?.[0] as unknown as Record<string, unknown>)['certificates'] = [
        '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      ]),
    '/issuers/0/certificates/0',
    /readable/,
  ],
  [
    'a PEM in lines of another length: an export would read as another one',
    value => {
      const issuer = value['issuers']?.[0] as unknown as { certificates: string[] }
      const [first = '', ...above] = issuer.certificates
      issuer.certificates = [first.replace(/([A-Za-z0-9+/=]{64})\n([A-Za-z0-9+/=])/, '$1$2\n'), ...above]
    },
    '/issuers/0/certificates/0',
    /64 characters a line/,
  ],
  [
    'an unsafe number',
    value =>
      void ((value['agreements']?.[0] as unknown as Record<string, unknown>)['limits'] = { bytesPerDay: 2 ** 60 }),
    '/agreements/0/limits/bytesPerDay',
    /double/,
  ],
  [
    'no OpenAPI document',
    value => void ((value['services']?.[0] as unknown as Record<string, unknown>)['openapi'] = []),
    '/services/0/openapi',
    /mapping/,
  ],
]

describe('a stored document', () => {
  it('parses to the same objects', () => {
    expect(errorsOf(parseConfiguration(document, locate))).toEqual([])
  })

  it.each(tampered)('is refused with %s', (_, edit, pointer, reason) => {
    const copy = JSON.parse(JSON.stringify(document)) as Record<string, never[] & Record<string, unknown>>
    edit(copy)
    expect(errorsOf(parseConfiguration(copy, locate))).toContainEqual({
      file: 'revision 7',
      line: 0,
      pointer,
      reason: expect.stringMatching(reason) as unknown as string,
    })
  })

  it.each([[null], [[]], ['text'], [undefined], [Array.from({ length: 9000 }).reduce<unknown>(inner => [inner], [])]])(
    'is refused when it is none (%#)',
    value => {
      expect(parseConfiguration(value, locate).ok).toBe(false)
    },
  )
})

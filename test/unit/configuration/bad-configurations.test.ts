import { beforeAll, describe, expect, it } from '@jest/globals'
import { createPublicKey } from 'node:crypto'
import { makeKey } from '../../../gateway/pki/keys.ts'
import { demoCertificates, demoFiles } from './demo-directory.ts'
import { errorsOf, readAndParse } from './read-and-parse.ts'

let certificates: ReadonlyMap<string, string>
beforeAll(async () => {
  certificates = await demoCertificates()
})

/** A public key for a YAML text. */
const pem = (kind: 'p256' | 'p384'): string =>
  createPublicKey(makeKey(kind)).export({ type: 'spki', format: 'pem' }).toString()

const TRAINING = 'agreements/training-categories.yaml'
const SERVICE = 'services/categories-v1/service.yaml'
const OPENAPI = 'services/categories-v1/openapi.yaml'

type Edit = (files: Map<string, string>) => void

/** Replaces the first occurrence; the text must be there. */
const replace =
  (file: string, from: string, to: string): Edit =>
  files => {
    const text = files.get(file) ?? ''
    if (!text.includes(from)) throw new TypeError(`${file} has no ${from}`)
    files.set(
      file,
      text.replace(from, () => to),
    )
  }
const write =
  (file: string, text: string): Edit =>
  files =>
    void files.set(file, text)
const remove =
  (file: string): Edit =>
  files =>
    void files.delete(file)
const append =
  (file: string, text: string): Edit =>
  files =>
    void files.set(file, (files.get(file) ?? '') + text)

const activation = (from: string, until: string): string =>
  `activation: { from: ${from}, until: ${until}, reason: a flood }\n`

/** The line of the file, after the edit, that begins (after white space) with the text. */
type Line = string | number

interface Row {
  readonly what: string
  readonly edit: Edit
  readonly file: string
  readonly line: Line
  readonly pointer: string
  readonly reason: RegExp
}

const row = (what: string, edit: Edit, file: string, line: Line, pointer: string, reason: RegExp): Row => ({
  what,
  edit,
  file,
  line,
  pointer,
  reason,
})

const files: readonly Row[] = [
  row('a misspelt file', write('agreement.yaml', ''), 'agreement.yaml', 0, '', /did you mean agreements/),
  row('another ending', write('agreements/x.yml', ''), 'agreements/x.yml', 0, '', /name it \.yaml/),
  row(
    'a stray file of a service',
    write('services/a/schema.json', '{}'),
    'services/a/schema.json',
    0,
    '',
    /services\/<name/,
  ),
  row('a missing file', remove('officers.yaml'), 'officers.yaml', 0, '', /missing/),
  row('a service without OpenAPI', remove(OPENAPI), OPENAPI, 0, '', /missing/),
  row('OpenAPI without a service', remove(SERVICE), SERVICE, 0, '', /missing/),
  row('an empty file', write('units.yaml', '# none\n'), 'units.yaml', 1, '', /empty/),
  row(
    'two documents',
    append('genesis.yaml', '---\nmode: production\n'),
    'genesis.yaml',
    8,
    '',
    /only one YAML document/,
  ),
  row('a file too large', write('purposes.yaml', '#'.repeat(1_048_577)), 'purposes.yaml', 0, '', /1 MiB/),
]

const nested: readonly Row[] = [
  row('an agreement in a folder', write('agreements/a.yaml/b.yaml', ''), 'agreements/a.yaml/b.yaml', 0, '', /not read/),
]

const yaml: readonly Row[] = [
  row(
    'broken syntax',
    replace('units.yaml', '- code: G99.21', '- code: [G99.21'),
    'units.yaml',
    'name: { en: Department of Records',
    '',
    /is not YAML/,
  ),
  row(
    'a key twice',
    replace(TRAINING, 'ceiling: internal', 'ceiling: internal\nceiling: restricted'),
    TRAINING,
    'ceiling: restricted',
    '',
    /"ceiling" twice/,
  ),
  row(
    'a key twice, as number and text',
    replace(OPENAPI, '        400:', "        '200': {}\n        400:"),
    OPENAPI,
    "'200'",
    '',
    /"200" twice/,
  ),
  row('a tag', replace('genesis.yaml', 'G99.10', '!!str G99.10'), 'genesis.yaml', 'operator', '', /tag/),
  row('an unknown tag', replace('genesis.yaml', 'G99.10', '!env OPERATOR'), 'genesis.yaml', 'operator', '', /tag/),
  row('a binary tag', replace('genesis.yaml', 'G99.10', '!!binary aGk='), 'genesis.yaml', 'operator', '', /tag/),
  row(
    'another version of YAML',
    files => void files.set('genesis.yaml', `%YAML 1.1\n---\n${files.get('genesis.yaml') ?? ''}`),
    'genesis.yaml',
    2,
    '',
    /%YAML/,
  ),
  row('an unknown alias', replace('genesis.yaml', 'G99.10', '*unit'), 'genesis.yaml', 'mode', '', /alias/),
  row(
    'many aliases',
    write(
      'units.yaml',
      `a: &a [x]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\nd: [${'*c,'.repeat(20)}]\n`,
    ),
    'units.yaml',
    1,
    '',
    /alias/,
  ),
  row('deep nesting', write('units.yaml', '['.repeat(5000)), 'units.yaml', 0, '', /nested/),
  row('deep nesting of blocks', write('units.yaml', '- '.repeat(5000)), 'units.yaml', 0, '', /nested/),
  row('a key that is a list', append('genesis.yaml', '? [a]\n: b\n'), 'genesis.yaml', '? [a]', '', /not a text/),
  row(
    '__proto__',
    append('genesis.yaml', '__proto__: {}\n'),
    'genesis.yaml',
    '__proto__',
    '/__proto__',
    /never allowed/,
  ),
  row(
    'a lone surrogate',
    replace('genesis.yaml', 'G99.10', '"\\ud800"'),
    'genesis.yaml',
    'operator',
    '/operator',
    /surrogate/,
  ),
  row(
    'not a number',
    replace(TRAINING, 'perMinute: 600', 'perMinute: .nan'),
    TRAINING,
    'limits',
    '/limits/perMinute',
    /finite/,
  ),
]

const structure: readonly Row[] = [
  row(
    'a misspelt member',
    replace(TRAINING, 'ceiling:', 'celing:'),
    TRAINING,
    'celing',
    '/celing',
    /did you mean "ceiling"/,
  ),
  row(
    'a missing member',
    replace(TRAINING, 'retentionAtConsumer: P90D', ''),
    TRAINING,
    'id',
    '',
    /"retentionAtConsumer" is missing: an ISO 8601/,
  ),
  row(
    'another label',
    replace(TRAINING, 'ceiling: internal', 'ceiling: intern'),
    TRAINING,
    'ceiling',
    '/ceiling',
    /one of public, internal, restricted, not "intern"/,
  ),
  row(
    'a file in a folder below a list',
    write('systems/more/a.yaml', '[]'),
    'systems/more/a.yaml',
    0,
    '',
    /systems\.yaml goes on in systems\/\*\.yaml/,
  ),
  row(
    'a system twice, once in a file that goes on with the list',
    write(
      'systems/0002.yaml',
      '- id: G99.21/records\n  name: { en: a, vi: a }\n  bindings:\n    - certificate: G99.23.training.crt\n',
    ),
    'systems/0002.yaml',
    1,
    '/0/id',
    /twice|already/,
  ),
  row(
    'a number for a text',
    replace('units.yaml', 'code: G99.21', 'code: 9921'),
    'units.yaml',
    '- code: 9921',
    '/1/code',
    /put it in quotes/,
  ),
  row(
    'a key that is not hex',
    replace('systems.yaml', 'certificate: G99.21.records.crt', 'key: ABC'),
    'systems.yaml',
    '- key: ABC',
    '/1/bindings/0/key',
    /64 lower-case hex/,
  ),
  row(
    'no binding',
    replace('systems.yaml', '\n    - certificate: G99.21.records.crt', ' []'),
    'systems.yaml',
    'bindings: []',
    '/1/bindings',
    /at least 1 entry/,
  ),
  row(
    'neither key nor certificate',
    replace('systems.yaml', 'certificate: G99.21.records.crt', 'from: 2026-01-01T00:00:00Z'),
    'systems.yaml',
    '- from',
    '/1/bindings/0',
    /exactly one/,
  ),
  row(
    'both key and certificate',
    replace(
      'officers.yaml',
      'certificate: officer.auditor-1.crt',
      `certificate: officer.auditor-1.crt\n  key: ${'0'.repeat(64)}`,
    ),
    'officers.yaml',
    '- id: auditor-1',
    '/2',
    /exactly one/,
  ),
  row(
    'a path as certificate',
    replace('systems.yaml', 'G99.21.records.crt', '../../etc/passwd.crt'),
    'systems.yaml',
    '- certificate: ../',
    '/1/bindings/0/certificate',
    /without a path/,
  ),
  row(
    'an officer recovered on a day that is none',
    replace('officers.yaml', '[auditor]', '[auditor]\n  recoveredOn: 2026-02-30'),
    'officers.yaml',
    'recoveredOn',
    '/2/recoveredOn',
    /not a day of the calendar/,
  ),
  row(
    'an officer who has to use an authenticator and has none',
    replace('officers.yaml', '[auditor]', '[auditor]\n  secondFactor: required'),
    'officers.yaml',
    'secondFactor',
    '/2/secondFactor',
    /needs an authenticator/,
  ),
  row(
    'an authenticator whose key is none',
    replace('officers.yaml', '[auditor]', '[auditor]\n  authenticators: [{ id: AQID, publicKey: secret }]'),
    'officers.yaml',
    'authenticators',
    '/2/authenticators/0/publicKey',
    /must hold one PEM public key/,
  ),
  row(
    'an authenticator of a kind of key whose assertions nobody checks',
    replace(
      'officers.yaml',
      '[auditor]',
      `[auditor]\n  authenticators: [{ id: AQID, publicKey: ${JSON.stringify(pem('p384'))} }]`,
    ),
    'officers.yaml',
    'authenticators',
    '/2/authenticators/0/publicKey',
    /is P-256, or RSA of 2048 bits and more/,
  ),
  row(
    'an authenticator whose id is no base64url',
    replace(
      'officers.yaml',
      '[auditor]',
      `[auditor]\n  authenticators: [{ id: A=, publicKey: ${JSON.stringify(pem('p256'))} }]`,
    ),
    'officers.yaml',
    'authenticators',
    '/2/authenticators/0/id',
    /does not fit: expected is id of the credential/,
  ),
  row(
    'one authenticator of two officers',
    files => {
      for (const role of ['auditor', 'operator'])
        replace(
          'officers.yaml',
          `[${role}]`,
          `[${role}]\n  authenticators: [{ id: AQID, publicKey: ${JSON.stringify(pem('p256'))} }]`,
        )(files)
    },
    'officers.yaml',
    18,
    '/3/authenticators/0/id',
    /already registered for auditor-1/,
  ),
  row(
    'one key of two authenticators',
    (
      key => (files: Map<string, string>) =>
        replace(
          'officers.yaml',
          '[auditor]',
          `[auditor]\n  authenticators: [{ id: AQID, publicKey: ${key} }, { id: AQIE, publicKey: ${key} }]`,
        )(files)
    )(JSON.stringify(pem('p256'))),
    'officers.yaml',
    'authenticators',
    '/2/authenticators/1/publicKey',
    /one key is one identity/,
  ),
  row(
    'an office at an address instead of a name',
    replace('genesis.yaml', 'https://localhost:8444', 'https://127.0.0.1:8444'),
    'genesis.yaml',
    'office',
    '/office/origin',
    /not an https origin with a host name/,
  ),
  row(
    'an office with a path',
    replace('genesis.yaml', 'https://localhost:8444', 'https://localhost:8444/console'),
    'genesis.yaml',
    'office',
    '/office/origin',
    /not an https origin with a host name/,
  ),
  row(
    'an unknown role',
    replace('officers.yaml', '[auditor]', '[auditors]'),
    'officers.yaml',
    'roles: [auditors]',
    '/2/roles/0',
    /did you mean auditor/,
  ),
  row(
    'a purpose twice',
    replace(TRAINING, '[reference-data]', '[reference-data, reference-data]'),
    TRAINING,
    'purposes',
    '/purposes',
    /twice/,
  ),
  row(
    'a field that is no pointer',
    replace(TRAINING, '/total]', 'total]'),
    TRAINING,
    'listProvinces',
    '/operations/listProvinces/response/1',
    /JSON Pointer/,
  ),
  row(
    'the second agreement of a file',
    files => void files.set(TRAINING, `${files.get(TRAINING) ?? ''}---\nid: other\n`),
    TRAINING,
    'id: other',
    '',
    /"consumer" is missing/,
  ),
]

const certificateRows: readonly Row[] = [
  row(
    'two certificates in a file',
    replace('issuers.yaml', '[issuing.crt, ca.crt]', '[two.crt, ca.crt]'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /two\.crt must hold exactly one/,
  ),
  row(
    'a system with the key of its issuer',
    replace('systems.yaml', 'G99.21.records.crt', 'issuing.crt'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /issuer development-ca is already registered for G99\.21\/records/,
  ),
  row(
    'a missing certificate',
    replace('systems.yaml', 'G99.21.records.crt', 'G99.21.record.crt'),
    'systems.yaml',
    '- certificate: G99.21.record.crt',
    '/1/bindings/0/certificate',
    /G99\.21\.record\.crt is missing/,
  ),
  row(
    'a broken certificate',
    replace('officers.yaml', 'officer.auditor-1.crt', 'broken.crt'),
    'officers.yaml',
    'certificate: broken',
    '/2/certificate',
    /broken\.crt is not a readable/,
  ),
  row(
    'a grace of more than a day',
    replace('issuers.yaml', '  units: [G99]', '  units: [G99]\n  revocation: { grace: PT25H }'),
    'issuers.yaml',
    'revocation',
    '/0/revocation/grace',
    /at most 24 hours/,
  ),
  row(
    'a distribution point at a port that there is not',
    replace('issuers.yaml', '  units: [G99]', '  units: [G99]\n  revocation: { crl: [http://localhost:70000/a.crl] }'),
    'issuers.yaml',
    'revocation',
    '/0/revocation/crl/0',
    /not an address/,
  ),
  row(
    'a missing issuer certificate',
    replace('issuers.yaml', 'ca.crt', 'root.crt'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/1',
    /root\.crt is missing/,
  ),
  row(
    'a chain upside down',
    replace('issuers.yaml', '[issuing.crt, ca.crt]', '[ca.crt, issuing.crt]'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /signing one comes first/,
  ),
  row(
    'a chain without root',
    replace('issuers.yaml', '[issuing.crt, ca.crt]', '[issuing.crt]'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /not self-signed/,
  ),
  row(
    'a chain of strangers',
    replace('issuers.yaml', ', ca.crt]', ', stranger.crt]'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /not issued by the one after/,
  ),
  row(
    'a leaf as issuer',
    replace('issuers.yaml', '[issuing.crt', '[G99.21.records.crt, issuing.crt'),
    'issuers.yaml',
    'certificates',
    '/0/certificates/0',
    /authority/,
  ),
]

const crossChecks: readonly Row[] = [
  row(
    'a zone in lower case',
    replace('genesis.yaml', 'Asia/Ho_Chi_Minh', 'asia/ho_chi_minh'),
    'genesis.yaml',
    'zone',
    '/zone',
    /IANA/,
  ),
  row(
    'an overlap with a long one behind a short one',
    files => {
      const text = files.get(TRAINING) ?? ''
      files.set(
        'agreements/second.yaml',
        text
          .replace('id: training', 'id: x-short')
          .replace('from: 2026', 'from: 2027')
          .replace('until: 2031', 'until: 2028'),
      )
      files.set('agreements/third.yaml', text.replace('id: training', 'id: x-late').replace('from: 2026', 'from: 2029'))
    },
    'agreements/third.yaml',
    'valid',
    '/valid',
    /overlaps with the agreement training-categories/,
  ),
  row(
    'an unknown operator',
    replace('genesis.yaml', 'G99.10', 'G99.11'),
    'genesis.yaml',
    'operator',
    '/operator',
    /no unit "G99\.11"/,
  ),
  row(
    'an unknown zone',
    replace('genesis.yaml', 'Asia/Ho_Chi_Minh', 'Asia/Hanoi'),
    'genesis.yaml',
    'zone',
    '/zone',
    /IANA/,
  ),
  row(
    'an offset as zone',
    replace('genesis.yaml', 'Asia/Ho_Chi_Minh', '+07:00'),
    'genesis.yaml',
    'zone',
    '/zone',
    /IANA/,
  ),
  row(
    'a unit code that is none',
    replace('units.yaml', 'G99.21', 'Z99.21'),
    'units.yaml',
    '- code: Z99',
    '/1/code',
    /letter A to Y/,
  ),
  row(
    'a unit twice',
    append('units.yaml', '- { code: G99.21, name: { en: a, vi: b } }\n'),
    'units.yaml',
    '- { code',
    '/4/code',
    /comes twice/,
  ),
  row(
    'a system of no unit',
    replace('systems.yaml', 'id: G99.21/records', 'id: G99.31/records'),
    'systems.yaml',
    '- id: G99.31',
    '/1/id',
    /no unit "G99\.31"/,
  ),
  row(
    'an issuer of no unit',
    replace('issuers.yaml', '[G99]', '[G98]'),
    'issuers.yaml',
    'units',
    '/0/units/0',
    /no unit "G98"/,
  ),
  row(
    'one key for two systems',
    replace('systems.yaml', 'G99.23.training.crt', 'G99.21.records.crt'),
    'systems.yaml',
    23,
    '/3/bindings/0/certificate',
    /already registered for G99\.21\/records/,
  ),
  row(
    'one key for a system and an officer',
    replace('officers.yaml', 'officer.auditor-1.crt', 'G99.21.records.crt'),
    'officers.yaml',
    'certificate: G99.21',
    '/2/certificate',
    /officer auditor-1 is already registered for G99\.21\/records/,
  ),
  row(
    'an http endpoint',
    replace('systems.yaml', 'https://localhost:9443', 'http://localhost:9443'),
    'systems.yaml',
    'endpoint: http:',
    '/0/endpoint',
    /https origin/,
  ),
  row(
    'an endpoint with a path',
    replace('systems.yaml', 'https://localhost:9443', 'https://localhost:9443/api'),
    'systems.yaml',
    'endpoint: https://localhost:9443/',
    '/0/endpoint',
    /origin only/,
  ),
  row(
    'an endpoint with a password',
    replace('systems.yaml', 'https://localhost:9443', 'https://a:b@localhost:9443'),
    'systems.yaml',
    'endpoint: https://a',
    '/0/endpoint',
    /origin only/,
  ),
  row(
    'a provider without endpoint',
    replace('systems.yaml', '  endpoint: https://localhost:9443\n', ''),
    SERVICE,
    'provider',
    '/provider',
    /no endpoint/,
  ),
  row(
    'an unknown provider',
    replace(SERVICE, 'G99.10/data-centre', 'G99.10/data-center'),
    SERVICE,
    'provider',
    '/provider',
    /no system/,
  ),
  row(
    'a basePath with a slash at its end',
    replace(SERVICE, '/categories/v1\ndead', '/categories/v1/\ndead'),
    SERVICE,
    'basePath',
    '/basePath',
    /slash at its end/,
  ),
  row('a deadline of an hour', replace(SERVICE, 'PT10S', 'PT60M'), SERVICE, 'deadline', '/deadline', /10 minutes/),
  row(
    'a development issuer in production',
    replace('genesis.yaml', 'mode: development', 'mode: production'),
    'issuers.yaml',
    'development',
    '/0/development',
    /production/,
  ),
  row(
    'an unknown consumer',
    replace(TRAINING, 'G99.23/training', 'G99.23/trainings'),
    TRAINING,
    'consumer',
    '/consumer',
    /no system/,
  ),
  row(
    'an unknown service',
    replace(TRAINING, 'categories/v1', 'categories/v2'),
    TRAINING,
    'service',
    '/service',
    /no service/,
  ),
  row(
    'an unknown purpose',
    replace(TRAINING, '[reference-data]', '[reference]'),
    TRAINING,
    'purposes',
    '/purposes/0',
    /no purpose/,
  ),
  row(
    'an unknown operation',
    replace(TRAINING, 'listProvinces', 'listProvince'),
    TRAINING,
    'listProvince',
    '/operations/listProvince',
    /has no operation "listProvince"; it has getProvince/,
  ),
  row(
    'a field that is nowhere',
    replace(TRAINING, '/items/*/code', '/items/*/id'),
    TRAINING,
    'listProvinces',
    '/operations/listProvinces/response/0',
    /no field of the 2xx answers/,
  ),
  row(
    'a field of an error answer',
    replace(TRAINING, '/total', '/message'),
    TRAINING,
    'listProvinces',
    '/operations/listProvinces/response/1',
    /no field/,
  ),
  row(
    'a request field without a body',
    replace(TRAINING, '{ response', '{ request: [/codes], response'),
    TRAINING,
    'listProvinces',
    '/operations/listProvinces/request',
    /no request body/,
  ),
  row(
    'a ceiling below the label',
    replace(TRAINING, 'ceiling: internal', 'ceiling: public'),
    TRAINING,
    'ceiling',
    '/ceiling',
    /listProvinces is labelled internal/,
  ),
  row(
    'an empty window',
    replace(TRAINING, 'until: 2031', 'until: 2026'),
    TRAINING,
    'valid',
    '/valid/until',
    /later than "from"/,
  ),
  row(
    'a bound within a minute',
    replace(TRAINING, 'from: 2026-01-01T00:00:00', 'from: 2026-01-01T00:00:30'),
    TRAINING,
    'valid',
    '/valid/from',
    /whole minute/,
  ),
  row(
    'a day that is none',
    replace(TRAINING, 'from: 2026-01-01', 'from: 2026-02-30'),
    TRAINING,
    'valid',
    '/valid/from',
    /calendar/,
  ),
  row(
    'a confirmation on a day that is none',
    replace(TRAINING, '2026-10-01', '2026-13-01'),
    TRAINING,
    'securityConfirmedOn',
    '/securityConfirmedOn',
    /calendar/,
  ),
  row(
    'a confirmation in the far future',
    replace(TRAINING, '2026-10-01', '3026-10-01'),
    TRAINING,
    'securityConfirmedOn',
    '/securityConfirmedOn',
    /after the end/,
  ),
  row(
    'a recertification on a day that is none',
    append(TRAINING, 'recertifiedOn: 2026-02-30\n'),
    TRAINING,
    'recertifiedOn',
    '/recertifiedOn',
    /calendar/,
  ),
  row(
    'a recertification behind the end',
    append(TRAINING, 'recertifiedOn: 2031-02-01\n'),
    TRAINING,
    'recertifiedOn',
    '/recertifiedOn',
    /after the end/,
  ),
  row(
    'an activation of an agreement that is not dormant',
    append(TRAINING, activation('2026-11-22T21:00:00+07:00', '2026-11-22T22:00:00+07:00')),
    TRAINING,
    'activation',
    '/activation',
    /dormant: true/,
  ),
  row(
    'an activation of more than an hour',
    append(TRAINING, `dormant: true\n${activation('2026-11-22T21:00:00+07:00', '2026-11-22T22:01:00+07:00')}`),
    TRAINING,
    'activation',
    '/activation/until',
    /at most 60 minutes/,
  ),
  row(
    'an activation that ends before it begins',
    append(TRAINING, `dormant: true\n${activation('2026-11-22T21:00:00+07:00', '2026-11-22T20:59:00+07:00')}`),
    TRAINING,
    'activation',
    '/activation/until',
    /window is empty/,
  ),
  row(
    'an activation before the agreement is valid',
    append(TRAINING, `dormant: true\n${activation('2025-12-31T23:59:00+07:00', '2026-01-01T00:10:00+07:00')}`),
    TRAINING,
    'activation',
    '/activation',
    /outside the days/,
  ),
  row(
    'an onward transfer that is neither',
    append(TRAINING, 'personalData: { onwardTransfer: never }\n'),
    TRAINING,
    'personalData',
    '/personalData/onwardTransfer',
    /boolean|true or false/,
  ),
  row(
    'maintenance that ends before it begins',
    append(
      SERVICE,
      'maintenance: [{ from: 2026-12-05T22:00:00+07:00, until: 2026-12-05T21:00:00+07:00, note: { en: a, vi: a } }]\n',
    ),
    SERVICE,
    'maintenance',
    '/maintenance/0/until',
    /window is empty/,
  ),
  row(
    'hours of no zone',
    append(TRAINING, 'hours: { zone: Hanoi, days: [mon, fri], from: "07:00", until: "18:00" }\n'),
    TRAINING,
    'hours',
    '/hours/zone',
    /IANA/,
  ),
  row(
    'hours of no length',
    append(TRAINING, 'hours: { zone: UTC, days: [mon, fri], from: "07:00", until: "07:00" }\n'),
    TRAINING,
    'hours',
    '/hours/until',
    /the same/,
  ),
  row(
    'an agreement twice',
    replace(TRAINING, 'id: training-categories', 'id: records-categories'),
    TRAINING,
    'id',
    '/id',
    /comes twice/,
  ),
  row(
    'an overlap of a day',
    files =>
      void files.set(
        'agreements/second.yaml',
        (files.get(TRAINING) ?? '')
          .replace('id: training', 'id: x-training')
          .replace('from: 2026-01-01', 'from: 2030-12-31')
          .replace('until: 2031', 'until: 2032'),
      ),
    'agreements/second.yaml',
    'valid',
    '/valid',
    /overlaps with the agreement training-categories/,
  ),
  row(
    'an overlap with disjoint hours, suspended',
    files =>
      void files.set(
        'agreements/second.yaml',
        `${(files.get(TRAINING) ?? '').replace('id: training', 'id: x-training')}suspended: true\nhours: { zone: UTC, days: [sat, sun], from: "00:00", until: "24:00" }\n`,
      ),
    'agreements/second.yaml',
    'valid',
    '/valid',
    /overlaps/,
  ),
  row(
    'an operation without a label',
    replace(OPENAPI, '      x-classification: internal\n', ''),
    OPENAPI,
    'get:',
    '/paths/~1provinces/get/x-classification',
    /without a label/,
  ),
  row(
    'a state-secret label',
    replace(OPENAPI, 'x-classification: internal', 'x-classification: toi-mat'),
    OPENAPI,
    'x-classification: toi-mat',
    '/paths/~1provinces/get/x-classification',
    /state-secret/,
  ),
]

const HOURS = 'guardrails/restricted-in-working-hours.yaml'

const guardrailRows: readonly Row[] = [
  row('a stray file', write('guardrails/a/b.yaml', ''), 'guardrails/a/b.yaml', 0, '', /lie in guardrails\//),
  row('an id that is none', replace(HOURS, 'id: r', 'id: R'), HOURS, 'id:', '/id', /lower-case/),
  row(
    'the id that an error has',
    replace(HOURS, 'id: restricted-in-working-hours', 'id: error'),
    HOURS,
    'id:',
    '/id',
    /not "error"/,
  ),
  row(
    'a guardrail twice',
    files => void files.set('guardrails/second.yaml', files.get(HOURS) ?? ''),
    'guardrails/second.yaml',
    'id:',
    '/id',
    /twice in guardrails/,
  ),
  row('no policy', replace(HOURS, 'policy:', 'rule:'), HOURS, 'rule:', '/rule', /not known here/),
  row(
    'a policy without end',
    replace(HOURS, 'policy: |', `policy: ${'a'.repeat(4097)}\nx: |`),
    HOURS,
    'policy:',
    '/policy',
    /4096/,
  ),
  row(
    'tests of which none forbids',
    files => void files.set(HOURS, (files.get(HOURS) ?? '').replaceAll('expect: forbid', 'expect: pass')),
    HOURS,
    'tests:',
    '/tests',
    /at least one test expects forbid/,
  ),
  row(
    'a test of a system that is none',
    replace(HOURS, '{ system: G99.21/records }', '{ system: records }'),
    HOURS,
    'consumer:',
    '/tests/0/input/consumer/system',
    /unit\/name/,
  ),
  row(
    'a test within a minute',
    replace(HOURS, 'T10:00:00', 'T10:00:01'),
    HOURS,
    'at:',
    '/tests/0/input/at',
    /whole minute/,
  ),
  row(
    'a test without a purpose',
    replace(HOURS, 'purpose:', 'porpuse:'),
    HOURS,
    'porpuse:',
    '/tests/0/input/porpuse',
    /did you mean "purpose"/,
  ),
  row(
    'working hours that are none',
    append('genesis.yaml', 'workingHours: { days: [mon, fri], from: "07:00", until: "07:00" }\n'),
    'genesis.yaml',
    'workingHours:',
    '/workingHours/until',
    /the same as "from"/,
  ),
  row(
    'working hours of a zone of their own',
    append('genesis.yaml', 'workingHours: { zone: UTC, days: [mon, fri], from: "07:00", until: "08:00" }\n'),
    'genesis.yaml',
    'workingHours:',
    '/workingHours/zone',
    /not known here/,
  ),
]

const WITNESS = 'witnesses/first.yaml'
const witness = (name: string, verifierKey: string): string =>
  `name: ${name}\ntitle: { en: Witness, vi: Nhân chứng }\nurl: https://${name}.example:8446\nverifierKey: ${verifierKey}\noutside: false\n`
/** Made by hand after C2SP tlog-cosignature: the bytes 0 to 31 as key. */
const FIRST_KEY = 'first+065ddd47+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
const SETTING = 'settings/one.yaml'
const RULE = 'alerts/one.yaml'
const rule = (rest: string): string => `id: many\ntitle: { en: Many, vi: Nhiều }\n${rest}\n`

const oversightRows: readonly Row[] = [
  row(
    'a witness under the key of another name',
    write(WITNESS, witness('second', FIRST_KEY)),
    WITNESS,
    'verifierKey:',
    '/verifierKey',
    /its name is not second/,
  ),
  row(
    'a key of a log for that of a witness',
    write(WITNESS, witness('first', 'first+b6032089+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f')),
    WITNESS,
    'verifierKey:',
    '/verifierKey',
    /cosignature\/v1/,
  ),
  row(
    'a key id that is not that of the key',
    write(WITNESS, witness('first', FIRST_KEY.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))),
    WITNESS,
    'verifierKey:',
    '/verifierKey',
    /not that of its name and key/,
  ),
  row(
    'one key under two names',
    files => {
      files.set(WITNESS, witness('first', FIRST_KEY))
      files.set(
        'witnesses/second.yaml',
        witness('second', 'second+06fefb72+BAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'),
      )
    },
    'witnesses/second.yaml',
    'verifierKey:',
    '/verifierKey',
    /also the key of "first"/,
  ),
  row(
    'more witnesses asked for than there are',
    write(SETTING, 'id: witnessing\nrequired: 1\n'),
    SETTING,
    'required: 1',
    '/required',
    /asks for 1 witnesses, and there are 0/,
  ),
  row(
    'exchanges that stop before anyone was alerted',
    write(SETTING, 'id: witnessing\nrequired: 0\nalertAfter: PT2H\nstopAfter: PT1H\n'),
    SETTING,
    'stopAfter:',
    '/stopAfter',
    /comes before the alert/,
  ),
  row(
    'a duration of no time',
    write(SETTING, 'id: timestamping\nevery: PT0S\n'),
    SETTING,
    'every:',
    '/every',
    /duration from PT1S/,
  ),
  row(
    'records kept for less than the level demands',
    write(SETTING, 'id: retention\nlevel: 4\nmonths: 5\n'),
    SETTING,
    'months:',
    '/months',
    /level 4 keeps records 6 months/,
  ),
  row('a setting twice', write(SETTING, 'id: caps\n---\nid: caps\n'), SETTING, 3, '/id', /twice in settings/),
  row('a setting of another', write(SETTING, 'id: caps\nmonths: 3\n'), SETTING, 'months:', '/months', /not known here/),
  row(
    'an alert on a service that there is not',
    write(RULE, rule('event: answers\nservice: G99.10/none/v1')),
    RULE,
    'service:',
    '/service',
    /there is no service/,
  ),
  row(
    'a TLS failure of a service',
    write(RULE, rule('event: tls-failures\nservice: G99.10/categories/v1')),
    RULE,
    'service:',
    '/service',
    /has no service/,
  ),
  row(
    'an alert over more than a day',
    write(RULE, rule('event: bytes\nwithin: PT25H')),
    RULE,
    'within:',
    '/within',
    /to PT24H/,
  ),
]

describe.each([
  ['files', [...files, ...nested]],
  ['YAML', yaml],
  ['structure', structure],
  ['certificates', certificateRows],
  ['cross-checks', crossChecks],
  ['guardrails', guardrailRows],
  ['oversight', oversightRows],
])('%s', (_, rows) => {
  it.each(rows.map(each => [each.what, each] as const))(
    'refuses %s',
    (_name, { edit, file, line, pointer, reason }) => {
      const edited = demoFiles()
      edit(edited)
      const errors = errorsOf(readAndParse(edited, certificates))
      const lines = (edited.get(file) ?? '').split('\n')
      const at = typeof line === 'number' ? line : lines.findIndex(text => text.trim().startsWith(line)) + 1
      expect(errors).toContainEqual({
        file,
        line: at,
        pointer,
        reason: expect.stringMatching(reason) as unknown as string,
      })
    },
  )
})

describe('errors', () => {
  it('are all told at once, sorted by file and line', () => {
    const edited = demoFiles()
    replace(TRAINING, 'ceiling: internal', 'ceiling: public')(edited)
    replace(TRAINING, '/items/*/code', '/items/*/id')(edited)
    replace('genesis.yaml', 'Asia/Ho_Chi_Minh', 'Asia/Hanoi')(edited)
    replace(OPENAPI, 'summary: List the communes of a province\n', 'description: none\n')(edited)
    // A broken service hides what agreements say of its operations, so that a slip is not told a hundred times.
    expect(errorsOf(readAndParse(edited, certificates)).map(error => [error.file, error.pointer])).toEqual([
      ['genesis.yaml', '/zone'],
      [OPENAPI, '/paths/~1provinces~1{code}~1communes/get/summary'],
    ])
    edited.set(OPENAPI, demoFiles().get(OPENAPI) ?? '')
    expect(errorsOf(readAndParse(edited, certificates)).map(error => [error.file, error.pointer])).toEqual([
      [TRAINING, '/operations/listProvinces/response/0'],
      [TRAINING, '/ceiling'],
      ['genesis.yaml', '/zone'],
    ])
  })

  it('of files come from all of them', () => {
    const edited = demoFiles()
    replace(TRAINING, 'ceiling:', 'celing:')(edited)
    replace('units.yaml', '- code: G99.21', '- code: [G99.21')(edited)
    replace('systems.yaml', 'G99.21.records.crt', 'none.crt')(edited)
    write('extra.yaml', '')(edited)
    const found = new Set(errorsOf(readAndParse(edited, certificates)).map(error => error.file))
    expect([...found]).toEqual([TRAINING, 'extra.yaml', 'systems.yaml', 'units.yaml'])
  })
})

describe('what is allowed', () => {
  const accepted: readonly (readonly [string, Edit])[] = [
    [
      'agreements that follow one another without a gap',
      files =>
        void files.set(
          'agreements/next.yaml',
          (files.get(TRAINING) ?? '')
            .replace('id: training', 'id: next')
            .replace('from: 2026', 'from: 2031')
            .replace('until: 2031', 'until: 2032'),
        ),
    ],
    [
      'several agreements in one file, as documents',
      files => {
        files.set(
          'agreements/all.yaml',
          `${files.get(TRAINING) ?? ''}---\n${files.get('agreements/records-categories.yaml') ?? ''}`,
        )
        files.delete(TRAINING)
        files.delete('agreements/records-categories.yaml')
      },
    ],
    ['a README anywhere', write('agreements/README.md', 'hello')],
    ['an empty file of agreements', write('agreements/none.yaml', '# later\n')],
    ['a key given as digits', replace('systems.yaml', 'certificate: G99.21.records.crt', `key: ${'a'.repeat(64)}`)],
    [
      'an anchor used twice',
      append('purposes.yaml', '- { code: a, title: &t { en: a, vi: b } }\n- { code: b, title: *t }\n'),
    ],
  ]
  it.each(accepted)('%s', (_, edit) => {
    const edited = demoFiles()
    edit(edited)
    expect(errorsOf(readAndParse(edited, certificates))).toEqual([])
  })
})

import type { ConfigurationDocument, IssuerDocument, SystemDocument, TimeAuthorityDocument } from './document.ts'
import { type FileKind, fileSchemas } from './document-schema.ts'
import { MAX_FILE_BYTES } from './read-yaml.ts'
import { writeYaml } from './write-yaml.ts'

/** The folder of an exported directory that holds its certificates and public keys. */
export const CERTIFICATES_FOLDER = 'certs'

/** Texts by their path, `/` between folders. */
export interface ExportedDirectory {
  /** What readDirectory reads. */
  readonly files: ReadonlyMap<string, string>
  /** Certificates and public keys by the names under which the files speak of them. */
  readonly certificates: ReadonlyMap<string, string>
}

/** As JSON: YAML takes more, and objects may grow by hand before they must move. */
const CHUNK_BYTES = MAX_FILE_BYTES / 4

/**
 * The configuration directory of a document. Reading it gives the same document, object for object, and the same document always
 * gives the same texts: one file an agreement, a guardrail and a service; the other lists in one file each, large ones
 * continued in a folder of the same name.
 */
export function exportDirectory(document: ConfigurationDocument): ExportedDirectory {
  const certificates = new Map<string, string>()
  const files = new Map<string, string>([['genesis.yaml', writeYaml(document.genesis, ORDER.genesis)]])
  const add = (entries: Iterable<readonly [string, string]>): void => {
    for (const [path, text] of entries) files.set(path, text)
  }
  add(listFiles('units', document.units, ORDER.units))
  add(
    listFiles(
      'systems',
      document.systems.map(system => withKeyFiles(system, certificates)),
      ORDER.systems,
    ),
  )
  add(
    listFiles(
      'issuers',
      document.issuers.map(issuer => withCertificateFiles(issuer, certificates)),
      ORDER.issuers,
    ),
  )
  add(listFiles('purposes', document.purposes, ORDER.purposes))
  add(listFiles('officers', document.officers, ORDER.officers))
  for (const agreement of document.agreements)
    files.set(`agreements/${agreement.id}.yaml`, writeYaml(agreement, ORDER.agreement))
  for (const guardrail of document.guardrails ?? [])
    files.set(`guardrails/${guardrail.id}.yaml`, writeYaml(guardrail, ORDER.guardrail))
  for (const witness of document.witnesses ?? [])
    files.set(`witnesses/${witness.name}.yaml`, writeYaml(witness, ORDER.witness))
  for (const authority of document.timeAuthorities ?? [])
    files.set(
      `time-authorities/${authority.name}.yaml`,
      writeYaml(withCertificateFiles(authority, certificates, 'tsa.'), ORDER['time-authority']),
    )
  for (const setting of document.settings ?? [])
    files.set(`settings/${setting.id}.yaml`, writeYaml(setting, ORDER.setting))
  for (const rule of document.alertRules ?? [])
    files.set(`alerts/${rule.id}.yaml`, writeYaml(rule, ORDER['alert-rule']))
  for (const { openapi, ...service } of document.services) {
    const folder = `services/${service.id.replaceAll('/', '.')}`
    files.set(`${folder}/service.yaml`, writeYaml(service, ORDER.service))
    files.set(`${folder}/openapi.yaml`, writeYaml(openapi, OPENAPI_ORDER))
  }
  return { files, certificates }
}

/** Members in the order in which their JSON Schema tells of them. */
const namesIn = (properties: object): readonly string[] => Object.keys(properties)

const ORDER = {
  genesis: namesIn(fileSchemas.genesis.properties),
  units: namesIn(fileSchemas.units.$defs.unit.properties),
  systems: namesIn(fileSchemas.systems.$defs.system.properties),
  issuers: namesIn(fileSchemas.issuers.$defs.issuer.properties),
  purposes: namesIn(fileSchemas.purposes.$defs.purpose.properties),
  officers: namesIn(fileSchemas.officers.$defs.officer.properties),
  service: namesIn(fileSchemas.service.properties),
  agreement: namesIn(fileSchemas.agreement.properties),
  guardrail: namesIn(fileSchemas.guardrail.properties),
  witness: namesIn(fileSchemas.witness.properties),
  'time-authority': namesIn(fileSchemas['time-authority'].properties),
  setting: Object.values(fileSchemas.setting.$defs).flatMap(each =>
    'properties' in each ? namesIn(each.properties) : [],
  ),
  'alert-rule': namesIn(fileSchemas['alert-rule'].properties),
} as const satisfies Record<FileKind, readonly string[]>

const OPENAPI_ORDER = ['openapi', 'info', 'servers', 'tags', 'paths', 'components']

/** `units.yaml`, and `units/0002.yaml` and so on where one file would be too large. */
function listFiles(name: string, list: readonly unknown[], order: readonly string[]): (readonly [string, string])[] {
  const chunks: unknown[][] = [[]]
  let bytes = 0
  for (const item of list) {
    const size = Buffer.byteLength(JSON.stringify(item))
    if (bytes > 0 && bytes + size > CHUNK_BYTES) {
      chunks.push([])
      bytes = 0
    }
    chunks.at(-1)?.push(item)
    bytes += size
  }
  return chunks.map((chunk, index) => {
    const path = index === 0 ? `${name}.yaml` : `${name}/${String(index + 1).padStart(4, '0')}.yaml`
    return [path, writeYaml(chunk, order)]
  })
}

/** The system with the files that hold its signing keys; its bindings stay digests. */
function withKeyFiles(system: SystemDocument, certificates: Map<string, string>): unknown {
  const { signingKeys, ...rest } = system
  if (!signingKeys) return rest
  const named = signingKeys.map(({ publicKey, ...window }, index) => {
    const name = `${system.id.replaceAll('/', '.')}.sign-${index + 1}.pub`
    certificates.set(name, publicKey)
    return { publicKey: name, ...window }
  })
  return { ...rest, signingKeys: named }
}

function withCertificateFiles(
  issuer: IssuerDocument | TimeAuthorityDocument,
  certificates: Map<string, string>,
  // No file of two meanings where an issuer and a time authority have one name.
  prefix = '',
): unknown {
  const named = issuer.certificates.map((pem, index) => {
    const name = `${prefix}${issuer.name}-${index + 1}.crt`
    certificates.set(name, pem)
    return name
  })
  return { ...issuer, certificates: named }
}

import { nearestName } from './nearest-name.ts'

/** The files at the top of a configuration directory; each must be there. */
export const TOP_FILES = ['genesis', 'units', 'systems', 'issuers', 'purposes', 'officers'] as const
export type TopFile = (typeof TOP_FILES)[number]

/** Those that go on in a folder of the same name, `systems/*.yaml`: a file has at most 1 MiB. */
const LISTS = TOP_FILES.filter(name => name !== 'genesis')

/** Folders whose files hold one object each, a list or several YAML documents; all may be absent. */
export const FOLDERS = [
  { folder: 'agreements', kind: 'agreement' },
  { folder: 'guardrails', kind: 'guardrail' },
  { folder: 'witnesses', kind: 'witness' },
  { folder: 'time-authorities', kind: 'time-authority' },
  { folder: 'settings', kind: 'setting' },
  { folder: 'alerts', kind: 'alert-rule' },
] as const

/** What a file of a configuration directory is, by its path; `unknown` says what might have been meant. */
export type FileRole =
  | { readonly kind: TopFile }
  | { readonly kind: (typeof FOLDERS)[number]['kind'] }
  | { readonly kind: 'service' | 'openapi'; readonly folder: string }
  | { readonly kind: 'readme' }
  | { readonly kind: 'unknown'; readonly reason: string }

const KNOWN = [
  ...TOP_FILES.map(name => `${name}.yaml`),
  ...FOLDERS.map(({ folder }) => folder),
  'services',
  'README.md',
]

/** A misspelt name must not be silently ignored: an agreement that nobody reads looks like one that is in force. */
export function roleOf(path: string): FileRole {
  const segments = path.split('/')
  const [first = '', second = '', third = ''] = segments
  if (segments.at(-1) === 'README.md') return { kind: 'readme' }
  const top = TOP_FILES.find(name => path === `${name}.yaml`)
  if (top) return { kind: top }
  const list = LISTS.find(name => name === first)
  if (list && segments.length === 2 && /^[^.].*\.yaml$/.test(second)) return { kind: list }
  const held = FOLDERS.find(({ folder }) => folder === first)
  if (held && segments.length === 2 && /^[^.].*\.yaml$/.test(second)) return { kind: held.kind }
  if (first === 'services' && segments.length === 3) {
    if (third === 'service.yaml') return { kind: 'service', folder: second }
    if (third === 'openapi.yaml') return { kind: 'openapi', folder: second }
  }
  return { kind: 'unknown', reason: whyUnknown(first, segments) }
}

function whyUnknown(first: string, segments: readonly string[]): string {
  const last = segments.at(-1) ?? ''
  if (last.endsWith('.yml')) return 'is not read: name it .yaml'
  if (FOLDERS.some(({ folder }) => folder === first)) return `is not read: ${first} lie in ${first}/*.yaml`
  if (first === 'services')
    return 'is not read: a service is services/<name-version>/service.yaml and openapi.yaml beside it'
  if (LISTS.some(name => name === first) && segments.length > 1)
    return `is not read: ${first}.yaml goes on in ${first}/*.yaml`
  const stem = (name: string) => name.replace(/\.[^.]*$/, '')
  const nearStem = nearestName(stem(first), KNOWN.map(stem))
  const near = KNOWN.find(name => stem(name) === nearStem)
  return near
    ? `is not a file of a configuration: did you mean ${near}?`
    : `is not a file of a configuration (${KNOWN.join(', ')})`
}

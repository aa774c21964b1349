/** The entries of `packages` in package-lock.json (lockfileVersion 3) that matter here. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

export interface LockEntry {
  /** SPDX expression, as the package states it. */
  readonly license?: string
  /** Only devDependencies need it. */
  readonly dev?: boolean
  /** May be left out, because it is for another machine. */
  readonly optional?: boolean
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
}

const REGISTRY = 'https://registry.npmjs.org/'

/** Licences under which a ministry may run, change and pass on what it gets; none that reaches into our own sources. */
const ALLOWED = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['PostgreSQL', 'Unlicense', 'Python-2.0', 'CC0-1.0'],
])

/** True where an SPDX expression leaves us a choice of allowed licences: any side of OR, every side of AND. Unknown is no. */
export function isAllowed(expression: string | undefined): boolean {
  if (expression === undefined) return false
  const bare = expression.replace(/^\((.*)\)$/, '$1')
  // Nested brackets do not occur; an expression that has them is read by a person.
  if (/[()]/.test(bare)) return false
  return bare.split(' OR ').some(choice => choice.split(' AND ').every(licence => ALLOWED.has(licence.trim())))
}

/** Production packages (optional ones included) whose licence is not allowed, as `path: licence`. */
export const findForbiddenLicences = (lock: Lock): readonly string[] =>
  installedBy(lock)
    .filter(([, entry]) => entry.dev !== true && !isAllowed(entry.license))
    .map(([path, { license }]) => `${path}: ${license ?? 'states no licence'}`)

/**
 * Packages, of development too, that are not pinned by a digest, or that name a source which is not the npm registry. Naming
 * none is right: the ministry may install from a mirror of its own, and the digest says that it is the same package.
 * Without a digest pass only tools for another machine: see test/support/ci/complete-lock.js.
 */
export const findUnpinned = (lock: Lock): readonly string[] =>
  installedBy(lock)
    .filter(
      ([, { link, resolved = REGISTRY, integrity, dev, optional }]) =>
        link === true ||
        !resolved.startsWith(REGISTRY) ||
        !(integrity?.startsWith('sha512-') || (integrity === undefined && dev === true && optional === true)),
    )
    .map(([path]) => path)

/** All but ourselves, and but those that lie inside the archive of another package. */
const installedBy = (lock: Lock): readonly (readonly [string, LockEntry])[] =>
  Object.entries(lock.packages).filter(([path, entry]) => path !== '' && !('inBundle' in entry))

/**
 * Adds to package-lock.json what `npm ci` demands and `npm install` leaves out where a registry mirror does not carry the binaries
 * of other platforms: an entry for each optional dependency. Versions are those that the depending package pins exactly.
 * Such an entry has no digest, because the mirror cannot tell it; the test of the lock allows that for development packages only.
 *
 *   node test/support/ci/complete-lock.js [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'sunos', 'aix', 'netbsd', 'openbsd']
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'wasm32', 'mips64el']

/** @returns {{ lock: object, added: readonly string[] }} the lock with the missing entries, which are named */
export function completeLock(lock) {
  const packages = { ...lock.packages }
  const added = []
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isThere(lock.packages, path, name)) continue
      const place = `node_modules/${name}`
      if (!/^\d+\.\d+\.\d+[\w.-]*$/.test(range)) throw new Error(`${path} asks for ${name}@${range}: no exact version`)
      if (packages[place] !== undefined && packages[place].version !== range)
        throw new Error(`${name} is wanted in two versions: ${packages[place].version} and ${range}`)
      packages[place] = missingEntry(name, range, entry)
      added.push(place)
    }
  }
  const sorted = Object.keys(packages).sort((one, other) => one.localeCompare(other, 'en'))
  return { lock: { ...lock, packages: Object.fromEntries(sorted.map(key => [key, packages[key]])) }, added }
}

/** Node looks in the package's own node_modules and in those of all folders above. */
function isThere(packages, from, name) {
  for (let path = from; ; path = path.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
    if (packages[path === '' ? `node_modules/${name}` : `${path}/node_modules/${name}`] !== undefined) return true
    if (path === '') return false
  }
}

/** The fields by which npm knows, without asking the registry, that the package is for another machine. */
function missingEntry(name, version, { dev }) {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.filter(system => words.includes(system))
  const cpu = PROCESSORS.filter(processor => words.includes(processor))
  const libc = words.some(word => word.startsWith('musl'))
    ? ['musl']
    : words.some(word => word.startsWith('gnu'))
      ? ['glibc']
      : null
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}: which machine is it for?`)
  return {
    version,
    cpu,
    ...(dev === undefined ? {} : { dev }),
    ...(libc === null ? {} : { libc }),
    optional: true,
    os,
  }
}

if (process.argv[1] === import.meta.filename) {
  const path = resolve(import.meta.dirname, '../../../package-lock.json')
  const { lock, added } = completeLock(JSON.parse(readFileSync(path, 'utf8')))
  const check = process.argv[2] === '--check'
  if (added.length > 0 && !check) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(added.length > 0 ? `${check ? 'missing' : 'added'}: ${added.join(', ')}` : 'nothing is missing')
}

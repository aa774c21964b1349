import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { roleOf } from '../../configuration/directory-layout.ts'
import type { ConfigurationDocument } from '../../configuration/document.ts'
import { editsBetween } from '../../configuration/edits.ts'
import { CERTIFICATES_FOLDER, exportDirectory } from '../../configuration/export-directory.ts'
import type { RevisionNumber } from '../../domain/revision-number.ts'
import { withDesk } from '../change/open-desk.ts'
import { EXIT, Misuse } from '../misuse.ts'
import { readRevisionNumber } from '../policy/read-flags.ts'
import { formatErrors, readFiles } from '../serve/read-configuration.ts'
import { demandNewest } from './demand-newest.ts'

interface ExportOptions {
  readonly revision?: number
  readonly genesis?: string
  readonly replace?: true
  readonly json?: true
}

export const exportCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('export')
    .description('Writes a revision as a directory of YAML, with its certificates in DIR/certs')
    .argument('<directory>', 'a new or empty directory')
    .option('--revision <number>', 'this revision (unless told, the newest)', readRevisionNumber)
    .option('--replace', 'the directory may hold an earlier export: its configuration files are replaced')
    .option('--genesis <digest>', 'digest of the genesis, where this machine has none pinned')
    .option('--json', 'print the result as JSON')
    .action(async (directory: string, { revision, genesis, replace, json }: ExportOptions) => {
      const root = resolve(directory)
      makeRoom(root, replace === true)
      const { number, document } = await withDesk(environment, genesis, async ({ revisions }) => {
        const newest = await demandNewest(revisions)
        const wanted = (revision ?? newest.number) as RevisionNumber
        return { number: wanted, document: await revisions.documentAt(wanted) }
      })
      if (document === null) throw new Misuse(`--revision: there is no revision ${number}`)
      const files = write(root, document)
      demandIdentity(root, document)
      if (json) console.log(JSON.stringify({ revision: number, directory: root, files }))
      else console.log(`wrote revision ${number} to ${root}: ${files} files`)
      process.exitCode = EXIT.good
    })

/** Files of an earlier export go: one left behind would bring back an object that the revision has not. Others are not touched. */
function makeRoom(root: string, replace: boolean): void {
  if (!existsSync(root)) return
  const names = readdirSync(root)
  if (names.length > 0 && !replace) throw new Misuse(`${root} is not empty: name another directory, or say --replace`)
  const inside = readdirSync(root, { recursive: true, encoding: 'utf8' })
  for (const path of inside) {
    const { kind } = roleOf(path)
    if (kind !== 'unknown' && kind !== 'readme') rmSync(join(root, path))
  }
  if (replace) rmSync(join(root, CERTIFICATES_FOLDER), { recursive: true, force: true })
}

/** Returns the number of files. */
function write(root: string, document: ConfigurationDocument): number {
  const { files, certificates } = exportDirectory(document)
  const all = [...files, ...[...certificates].map(([name, text]) => [`${CERTIFICATES_FOLDER}/${name}`, text] as const)]
  const folders = new Set(all.map(([path]) => dirname(path)))
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })
  for (const [path, text] of all) writeFileSync(join(root, path), text)
  return all.length
}

/** What would read as another configuration is worse than none. */
function demandIdentity(root: string, document: ConfigurationDocument): void {
  const read = readFiles(root, join(root, CERTIFICATES_FOLDER))
  if (!read.ok) throw new Error(`the export cannot be read again:\n${formatErrors(read.error)}`)
  const [edit] = editsBetween(document, read.value.document)
  if (edit) throw new Error(`the export reads as another ${edit.kind} ${edit.id}`)
}

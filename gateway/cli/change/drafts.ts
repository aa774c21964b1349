import { Command } from 'commander'
import type { Draft } from '../../control/change-desk.ts'
import { readYaml } from '../../configuration/read-yaml.ts'
import { type OfficerId, parseOfficerId } from '../../domain/officer-id.ts'
import { revisionNumber } from '../../domain/revision-number.ts'
import { err } from '../../domain/result.ts'
import { Misuse } from '../misuse.ts'
import { readText } from '../pki/read-text.ts'
import { formatErrors } from '../serve/read-configuration.ts'
import { printAnswer } from './answer.ts'
import { readId } from './look.ts'
import { type Acting, asOfficer, isOwnKey, type OfficerOptions, readOfficer } from './officer.ts'
import { type CommandDesk, withDesk } from './open-desk.ts'

/** Commands that write the text of a change. */
export const draftCommands = (environment: NodeJS.ProcessEnv): readonly Command[] => [
  asOfficer(new Command('draft'))
    .description('Drafts a change from a YAML or JSON file with title, reason, edits [{kind, id, value}] and applyAt')
    .argument('<file>')
    .action((file: string, options: OfficerOptions) => {
      const draft = readDraft(file)
      return write(environment, options, 'draft', ({ desk }, { id }) => desk.draft(id, draft))
    }),
  asOfficer(new Command('edit'))
    .description('Writes a change again; all its signatures come off')
    .argument('<id>')
    .argument('<file>')
    .action((id: string, file: string, options: OfficerOptions) => {
      const change = readId(id)
      const draft = readDraft(file)
      return write(environment, options, 'edit', async ({ desk }, officer) =>
        desk.edit(officer.id, change, (await desk.get(change))?.version ?? 0, draft),
      )
    }),
  asOfficer(new Command('rollback'))
    .description('Drafts the change that brings every object back to what it was at a revision')
    .argument('<revision>')
    .action((text: string, options: OfficerOptions) => {
      const revision = revisionNumber(Number(text))
      if (!revision.ok) throw new Misuse(revision.error)
      return write(environment, options, 'rollback', ({ desk }, { id }) => desk.rollback(id, revision.value))
    }),
  asOfficer(new Command('recover'))
    .description('Drafts the change that lets an idle officer act again; two others sign it')
    .argument('<idle-officer>')
    .action((text: string, options: OfficerOptions) => {
      const idle = readOfficerId(text)
      return write(environment, options, 'recover', ({ desk }, { id }) => desk.recover(id, idle))
    }),
]

type Writing = (opened: CommandDesk, officer: Acting) => ReturnType<CommandDesk['desk']['draft']>

async function write(
  environment: NodeJS.ProcessEnv,
  options: OfficerOptions,
  event: string,
  writing: Writing,
): Promise<void> {
  const officer = await readOfficer(options)
  const answer = await withDesk(environment, options.genesis, async opened =>
    (await isOwnKey(opened, officer, event, null))
      ? writing(opened, officer)
      : err({ reason: 'bad-signature' as const, detail: "the key is not the officer's" }),
  )
  printAnswer(answer, options.json === true)
}

/** What the file says is looked at by the desk. */
function readDraft(path: string): Draft {
  const read = readYaml(path, readText(path, 'the draft'))
  if (!read.ok) throw new Misuse(`the draft cannot be read:\n${formatErrors(read.error)}`)
  const [document, ...more] = read.value
  if (!document || more.length > 0) throw new Misuse(`${path} has to hold one document`)
  return document.value as Draft
}

function readOfficerId(text: string): OfficerId {
  const id = parseOfficerId(text)
  if (!id.ok) throw new Misuse(id.error)
  return id.value
}

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Command } from 'commander'
import type { DeskRefusal } from '../../control/desk-refusal.ts'
import type { ChangeId } from '../../domain/change-id.ts'
import { type OfficerId, parseOfficerId } from '../../domain/officer-id.ts'
import { systemClock } from '../../edge/clock.ts'
import { bindingOfKey } from '../../pki/keys.ts'
import { Misuse } from '../misuse.ts'
import { askPassphrase } from '../pki/ask-passphrase.ts'
import { readText } from '../pki/read-text.ts'
import type { CommandDesk } from './open-desk.ts'

export interface OfficerOptions {
  readonly officer: string
  readonly key: string
  readonly passphraseFile?: string
  readonly genesis?: string
  readonly json?: true
}

/** Who acts, with the key to sign with. */
export interface Acting {
  readonly id: OfficerId
  readonly key: KeyObject
}

/** The options of every command that acts for an officer. */
export const asOfficer = (command: Command): Command =>
  command
    .requiredOption('--officer <id>', 'who acts, like security-1')
    .requiredOption('--key <file>', "PEM of the officer's own private key; it never leaves this machine")
    .option('--passphrase-file <file>', 'file with the passphrase of the key (unless told, asked for)')
    .option('--genesis <digest>', 'digest of the genesis, where this machine has none pinned')
    .option('--json', 'print the result as JSON')

/** Throws Misuse where the key cannot be read. */
export async function readOfficer(options: OfficerOptions): Promise<Acting> {
  const id = parseOfficerId(options.officer)
  if (!id.ok) throw new Misuse(`--officer: ${id.error}`)
  return { id: id.value, key: await readOfficerKey(options) }
}

/** The private key of `--key`, its passphrase asked for where it has one. Throws Misuse. */
export async function readOfficerKey(options: Pick<OfficerOptions, 'key' | 'passphraseFile'>): Promise<KeyObject> {
  const pem = readText(options.key, '--key')
  const { passphraseFile: file } = options
  const passphrase =
    pem.includes('ENCRYPTED') &&
    (await askPassphrase({ of: "the officer's key", file, option: '--passphrase-file', isNew: false }))
  try {
    return createPrivateKey({ key: pem, ...(passphrase ? { passphrase } : {}) })
  } catch {
    throw new Misuse(`--key: ${options.key} is no private key in PEM, or has another passphrase`)
  }
}

/**
 * Whether the key is the one that the newest revision binds to this officer; where not, that is recorded. Whoever can write to the
 * database needs no command: this keeps one officer from acting as another by mistake, the signatures keep everybody from it.
 */
export async function isOwnKey(
  { revisions, store }: CommandDesk,
  { id, key }: Acting,
  event: string,
  change: ChangeId | null,
): Promise<boolean> {
  const newest = await revisions.newest()
  const officer = newest?.configuration.officers.find(candidate => candidate.id === id)
  // The desk says what is wrong with those.
  if (!officer || officer.key === bindingOfKey(createPublicKey(key))) return true
  await noteRefused(store, id, event, change, 'bad-signature')
  return false
}

/** Records an act that does not even come to the desk. */
export const noteRefused = (
  store: CommandDesk['store'],
  officer: OfficerId,
  event: string,
  change: ChangeId | null,
  reason: DeskRefusal['reason'],
): Promise<void> =>
  store.note({
    event,
    officer,
    via: 'command',
    change,
    outcome: 'refused',
    reason,
    was: null,
    is: null,
    actedAt: systemClock().now(),
  })

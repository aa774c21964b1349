import { Command } from 'commander'
import type { KeyObject } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encryptPrivateKey } from '../../pki/encrypted-key.ts'
import { bindingOfKey, type KeyType, makeKey, privateKeyPem, readPrivateKey } from '../../pki/keys.ts'
import { makeRequest } from '../../pki/make-request.ts'
import { Misuse } from '../misuse.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { fileNameOf, type HolderFlags, holderOptions, namesOf, readHolder } from './holder.ts'
import { hostOption, jsonOption, keyTypeOption } from './options.ts'
import { readText } from './read-text.ts'
import { report } from './refuse.ts'
import { PRIVATE, PUBLIC, writeOnce, writeWhole } from './write-whole.ts'

interface Flags extends HolderFlags {
  readonly out: string
  readonly organization: string
  readonly keyType: KeyType
  readonly sameKey?: true
  readonly passphraseFile?: string
  readonly json?: true
}

export function requestCommand(): Command {
  const command = new Command('request').description(
    "For a unit's operator: makes a key, which never leaves the machine, and the request to hand in",
  )
  for (const option of [...holderOptions(), hostOption()]) command.addOption(option)
  return command
    .requiredOption('--out <dir>', 'folder for NAME.key and NAME.csr')
    .option('--organization <name>', 'the unit, for people to read', 'Lienthong')
    .addOption(keyTypeOption('p256'))
    .option('--same-key', 'a request for the key that is in the folder already')
    .option('--passphrase-file <file>', 'encrypt the new key: one line with its passphrase. Programs want it plain')
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      const holder = readHolder(flags)
      const base = join(resolve(flags.out), fileNameOf(holder))
      const key = flags.sameKey ? presentKey(`${base}.key`) : await newKey(`${base}.key`, flags)
      const { commonName, ...names } = namesOf(holder)
      const csr = makeRequest(key, { ...names, subject: { organization: flags.organization, commonName } })
      writeWhole(`${base}.csr`, csr, PUBLIC)
      const binding = bindingOfKey(key)
      report(
        { key: binding, keyFile: `${base}.key`, requestFile: `${base}.csr` },
        [
          `private key, to be kept here: ${base}.key`,
          `request, to be handed in: ${base}.csr`,
          `SHA-256 of the public key, to be compared by another way: ${binding}`,
        ],
        flags.json === true,
      )
    })
}

function presentKey(path: string): KeyObject {
  try {
    return readPrivateKey(readText(path, '--same-key'))
  } catch (thrown) {
    if (thrown instanceof Misuse) throw thrown
    throw new Misuse(`--same-key: ${path} is no private key in PEM without a passphrase`)
  }
}

/** The key is written before the request: a crash between leaves a key, and --same-key makes its request. */
async function newKey(path: string, flags: Flags): Promise<KeyObject> {
  if (existsSync(path)) throw new Misuse(`${path} exists already: choose another --out, or --same-key`)
  const passphrase =
    flags.passphraseFile === undefined
      ? null
      : await askPassphrase({ of: path, file: flags.passphraseFile, option: '--passphrase-file', isNew: true })
  mkdirSync(resolve(flags.out), { recursive: true, mode: 0o700 })
  const key = makeKey(flags.keyType)
  if (!writeOnce(path, passphrase === null ? privateKeyPem(key) : encryptPrivateKey(key, passphrase), PRIVATE))
    throw new Misuse(`${path} exists already: choose another --out, or --same-key`)
  return key
}

import { Command } from 'commander'
import { createPublicKey } from 'node:crypto'
import { resolve } from 'node:path'
import type { Digest } from '../../domain/digest.ts'
import { bindingOfKey } from '../../pki/keys.ts'
import { signersOf } from '../../snapshot/judge-genesis.ts'
import { signGenesis } from '../../snapshot/sign-genesis.ts'
import { readOfficerKey } from '../change/officer.ts'
import { Misuse } from '../misuse.ts'
import { jsonOption } from '../pki/options.ts'
import { refuse, report } from '../pki/refuse.ts'
import { PUBLIC, writeWhole } from '../pki/write-whole.ts'
import { readGenesisFile, signatureFile } from './genesis-file.ts'
import { paperLines, readPaperDigest } from './paper-digest.ts'

interface Flags {
  readonly key: string
  readonly passphraseFile?: string
  readonly digest: Digest
  readonly json?: true
}

export const signCommand = (): Command =>
  new Command('sign')
    .description('For a security officer: signs the digest of a genesis, beside the file')
    .argument('<file>', 'what `genesis make` wrote')
    .requiredOption('--key <file>', "PEM of the officer's own private key; it never leaves this machine")
    .requiredOption('--digest <digest>', 'the digest, typed from paper', readPaperDigest)
    .option('--passphrase-file <file>', 'file with the passphrase of the key (unless told, asked for)')
    .addOption(jsonOption())
    .action(async (file: string, flags: Flags) => {
      const json = flags.json === true
      const path = resolve(file)
      const genesis = readGenesisFile(path)
      if (!genesis.ok) return refuse(genesis.error, json)
      const { stored, configuration } = genesis.value
      if (stored.digest !== flags.digest) return refuse('the file does not have the digest that was typed', json)
      const key = await readOfficerKey(flags)
      const binding = bindingOfKey(createPublicKey(key))
      const officer = signersOf(configuration.officers).find(signer => signer.key === binding)
      if (!officer) return refuse('the key belongs to no security officer of this genesis', json)
      const signature = signatureFile(path, officer.id)
      writeWhole(signature, `${signOrMisuse(() => signGenesis(stored.digest, officer.id, key))}\n`, PUBLIC)
      report(
        { officer: officer.id, digest: stored.digest, signature },
        [`${officer.id} signed`, ...paperLines(stored.digest).map(line => `    ${line}`), `signature: ${signature}`],
        json,
      )
    })

function signOrMisuse<T>(sign: () => T): T {
  try {
    return sign()
  } catch (thrown) {
    throw new Misuse(`--key: ${(thrown as Error).message}`)
  }
}

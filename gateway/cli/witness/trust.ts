import { Command } from 'commander'
import { WitnessDirectory } from '../../edge/witness/witness-directory.ts'
import { Misuse } from '../misuse.ts'
import { fingerprintOf, orMisuse } from './open-witness.ts'

export const trustCommand = (): Command =>
  new Command('trust')
    .description(
      'Adds a key of a log that this witness shall cosign; the next key of a log is added beside the one before',
    )
    .argument('<key>', 'verifier key of the log, name+keyid+base64: `lienthong keys list` of the gateway prints it')
    .requiredOption('--dir <dir>', 'directory of the witness')
    .option('--json', 'print the result as JSON')
    .action(async (key: string, { dir, json }: { dir: string; json?: true }) => {
      const added = await orMisuse(() => WitnessDirectory.open(dir).trust(key))
      if (!added.ok) throw new Misuse(`${key}: ${added.error}`)
      const fingerprint = fingerprintOf(key)
      if (json) return console.log(JSON.stringify({ key, added: added.value, fingerprint }))
      console.log(`${added.value ? 'trusted' : 'known already'}  ${key}`)
      console.log(`fingerprint  ${fingerprint}`)
    })

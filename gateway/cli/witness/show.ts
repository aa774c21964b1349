import { Command } from 'commander'
import { encodeBase64 } from '../../log/base64.ts'
import { WitnessDirectory } from '../../edge/witness/witness-directory.ts'
import { fingerprintOf, orMisuse } from './open-witness.ts'

export const showCommand = (): Command =>
  new Command('show')
    .description('Tells the key of this witness, and how far it has cosigned each log')
    .requiredOption('--dir <dir>', 'directory of the witness')
    .option('--note <origin>', 'print the newest cosigned checkpoint of this log and nothing else: for an auditor')
    .option('--json', 'print the result as JSON')
    .action(async ({ dir, note, json }: { dir: string; note?: string; json?: true }) => {
      await orMisuse(() => {
        const directory = WitnessDirectory.open(dir)
        if (note !== undefined) return void process.stdout.write(directory.read(note).note ?? '')
        const { name, verifierKey } = directory
        const logs = directory.origins().map(origin => {
          const { head, accepted } = directory.read(origin)
          return { origin, size: head.size, root: encodeBase64(head.root), accepted }
        })
        const fingerprint = fingerprintOf(verifierKey)
        if (json) return console.log(JSON.stringify({ name, verifierKey, fingerprint, logs }))
        console.log(`verifier key  ${verifierKey}`)
        console.log(`fingerprint   ${fingerprint}`)
        for (const { origin, size, root, accepted } of logs) {
          console.log(`${origin}  size ${size}  root ${root}`)
          for (const { at, from, to, why } of accepted)
            console.log(`  ${at}  taken back by hand from ${from.size} to ${to.size}: ${why}`)
        }
      })
    })

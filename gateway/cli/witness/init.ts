import { Command } from 'commander'
import { WitnessDirectory } from '../../edge/witness/witness-directory.ts'
import { fingerprintOf, orMisuse } from './open-witness.ts'

export const initCommand = (): Command =>
  new Command('init')
    .description('Makes the key of a witness; prints what the operator of the gateway is told')
    .requiredOption('--dir <dir>', 'directory of the witness; its key never leaves it')
    .requiredOption('--name <name>', 'name of the witness, best a host name like witness.g99-40.example')
    .option('--json', 'print the result as JSON')
    .action(async ({ dir, name, json }: { dir: string; name: string; json?: true }) => {
      const { verifierKey } = await orMisuse(() => WitnessDirectory.make(dir, name))
      const fingerprint = fingerprintOf(verifierKey)
      if (json) return console.log(JSON.stringify({ name, verifierKey, fingerprint }))
      console.log(`verifier key  ${verifierKey}`)
      console.log(`fingerprint   ${fingerprint}`)
      console.log('Send the key to the operator of the gateway, and the fingerprint on paper.')
    })

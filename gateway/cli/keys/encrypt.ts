import { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { underLock } from '../../edge/lock-file.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withKeyStore } from './open-keys.ts'

export const encryptCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('encrypt')
    .description('Encrypts the key files that are not yet, under the passphrase of KEYS_PASSPHRASE_FILE')
    .option('--json', 'print the result as JSON')
    .action(async ({ json }: { json?: true }) => {
      const settings = readSettings(environment)
      if (settings.keysPassphraseFile === null) throw new Misuse('KEYS_PASSPHRASE_FILE: set it to the file to use')
      const encrypted = await withKeyStore(settings, store =>
        underLock(store.lockPath, 10_000, async () => {
          const files = (store.readInventory() ?? []).filter(({ place }) => place === 'file').map(({ name }) => name)
          return [...files, 'evidence.key'].filter(
            name => existsSync(join(settings.keysDir, name)) && store.protect(name),
          )
        }),
      )
      if (json) console.log(JSON.stringify({ encrypted }))
      else
        console.log(encrypted.length > 0 ? `encrypted ${encrypted.join(', ')}` : 'nothing to do: no key file is plain')
    })

import { Command, Option } from 'commander'
import { CONTROL_LANE } from '../../domain/gateway-id.ts'
import type { Instant } from '../../domain/instant.ts'
import { systemClock } from '../../edge/clock.ts'
import type { KeyStore } from '../../edge/keys/key-store.ts'
import { underLock } from '../../edge/lock-file.ts'
import { listLanes } from '../../edge/postgres/lanes.ts'
import { currentKey, type InventoryKey, KEY_USES, stateOf } from '../../identity/key-inventory.ts'
import type { KeyUse } from '../../identity/signing-keys.ts'
import { verifyCheckpoint } from '../../log/checkpoint.ts'
import { Misuse } from '../misuse.ts'
import { readSettings, type Settings } from '../settings.ts'
import { withStore } from '../with-store.ts'
import { withKeyStore } from './open-keys.ts'

export const retireCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('retire')
    .description('Ends the overlap of the keys before the current one, and destroys their private halves')
    .addOption(new Option('--use <use>', 'what the keys were for').choices(KEY_USES).makeOptionMandatory())
    .option('--json', 'print the result as JSON')
    .action(async ({ use, json }: { use: KeyUse; json?: true }) => {
      const settings = readSettings(environment)
      const retired = await withKeyStore(settings, store =>
        underLock(store.lockPath, 10_000, () => retire(settings, store, use, systemClock().now())),
      )
      if (json) console.log(JSON.stringify({ use, retired }))
      else console.log(retired.length > 0 ? `${use}: retired ${retired.join(', ')}` : `${use}: nothing to retire`)
    })

async function retire(settings: Settings, store: KeyStore, use: KeyUse, at: Instant): Promise<readonly string[]> {
  const keys = store.readInventory() ?? []
  const former = keys.filter(
    key => key.use === use && !key.isDestroyed && ['previous', 'retired'].includes(stateOf(key, keys, at)),
  )
  if (former.length === 0) return []
  if (use === 'control-lane') await demandHandedOver(settings, keys, at)
  const isFormer = ({ id }: InventoryKey): boolean => former.some(key => key.id === id)
  // No longer needed first, destroyed then: a crash between leaves a private half that nobody opens, and the next call takes it.
  const over = keys.map(key => (isFormer(key) ? { ...key, until: earlier(key.until, at) } : key))
  store.writeInventory(over)
  for (const key of former) store.destroy(key)
  store.writeInventory(over.map(key => (isFormer(key) ? { ...key, isDestroyed: true } : key)))
  return former.map(({ id }) => id)
}

const earlier = (until: Instant | null, at: Instant): Instant => (until === null || at < until ? at : until)

/** Without its old key a control lane that was not handed over yet could never be written again. */
async function demandHandedOver(settings: Settings, keys: readonly InventoryKey[], at: Instant): Promise<void> {
  const current = currentKey(keys, 'control-lane', at)
  const lanes = await withStore(settings, database => listLanes(database, ['open']))
  const control = lanes.find(({ name }) => name === CONTROL_LANE)
  if (!control || !current || !verifyCheckpoint(control.checkpoint, CONTROL_LANE, current.publicKey).ok)
    throw new Misuse('the control lane was not handed over to its current key yet: let a gateway run, and try again')
}

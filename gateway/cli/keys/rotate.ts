import { Command, Option } from 'commander'
import { formatInstant, type Instant } from '../../domain/instant.ts'
import { systemClock } from '../../edge/clock.ts'
import type { KeyStore } from '../../edge/keys/key-store.ts'
import { underLock } from '../../edge/lock-file.ts'
import { hasten, type InventoryKey, KEY_USES, planRotation, stateOf } from '../../identity/key-inventory.ts'
import type { KeyUse } from '../../identity/signing-keys.ts'
import { Misuse } from '../misuse.ts'
import { readSettings } from '../settings.ts'
import { withKeyStore } from './open-keys.ts'
import { readDuration } from './read-duration.ts'

const MINUTE = 60_000_000
const HOUR = 60 * MINUTE

/** A JWKS may be cached for five minutes: whoever verifies knows the key before the first signature. */
const LEAD = 10 * MINUTE

/** How long signatures of the key before are still to be accepted. Null: until it is retired by hand. */
const OVERLAP = {
  // What it signed is verified from the log for ever; nobody fetches it from a JWKS.
  'control-lane': null,
  answers: 24 * HOUR,
  // Both live for minutes.
  assertions: HOUR,
  tokens: HOUR,
  // What it signed has to hold for as long as packs are kept.
  packs: null,
} as const satisfies Record<KeyUse, number | null>

interface Options {
  readonly use: KeyUse
  readonly overlap?: number
  readonly lead?: number
  readonly now?: true
  readonly json?: true
}

export const rotateCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('rotate')
    .description(
      'Makes a new key for one use. Running gateways publish it at once and sign with it behind the lead time',
    )
    .addOption(new Option('--use <use>', 'what the key is for').choices(KEY_USES).makeOptionMandatory())
    .option('--lead <duration>', 'how long it is published before it signs (PT10M unless told)', readDuration)
    .option('--overlap <duration>', 'how long the key before stays published (answers PT24H, else PT1H)', readDuration)
    .option('--now', 'let it sign at once, also one that is waiting: for emergencies')
    .option('--json', 'print the result as JSON')
    .action(async (options: Options) => {
      if (options.use === 'control-lane' && options.overlap !== undefined)
        throw new Misuse('--overlap: the control lane is handed over at one record; retire the old key behind it')
      const made = await withKeyStore(readSettings(environment), store =>
        underLock(store.lockPath, 10_000, async () => rotate(store, options, systemClock().now())),
      )
      const result = { use: made.use, id: made.id, place: made.place, activates: formatInstant(made.activates) }
      if (options.json) console.log(JSON.stringify(result))
      else console.log(`${made.use}: key ${made.id} (${made.place}) signs from ${result.activates} on`)
    })

function rotate(store: KeyStore, { use, overlap, lead, now }: Options, at: Instant): InventoryKey {
  const keys = store.readInventory()
  if (!keys) throw new Misuse(`there is no ${store.inventoryPath}: start a gateway first`)
  const published = overlap ?? OVERLAP[use]
  const waiting = keys.find(key => key.use === use && stateOf(key, keys, at) === 'next')
  const hastened = now ? hasten(keys, use, published, at) : null
  if (waiting && hastened) {
    store.writeInventory(hastened)
    return { ...waiting, activates: at }
  }
  if (waiting)
    throw new Misuse(
      `the key ${waiting.id} waits already, until ${formatInstant(waiting.activates)}: --now lets it sign at once`,
    )
  const made = store.make(use, keys, at, now ? at : ((at + (lead ?? LEAD)) as Instant))
  const planned = planRotation(keys, made, published, at)
  if (!planned.ok) throw new Misuse(planned.error)
  store.writeInventory(planned.value)
  return made
}

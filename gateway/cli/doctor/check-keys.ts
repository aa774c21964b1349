import { systemClock } from '../../edge/clock.ts'
import { KeysUnusable } from '../../edge/keys/keys-unusable.ts'
import { type DescribedKey, describeKeys } from '../keys/describe-keys.ts'
import { openKeyStore } from '../keys/open-keys.ts'
import type { Settings } from '../settings.ts'
import { Misuse } from '../misuse.ts'
import type { Check, Result } from './check.ts'

/** NIST SP 800-57 part 1, 5.3.6: a private signature key is used for one to three years. */
const OLD_DAYS = 365

/** The inventory of keys: algorithm, age, place, use, and what to do about each. */
export const checkKeys: Check = async settings => {
  try {
    const keys = describeKeys(settings, systemClock().now())
    return [
      ...keys.filter(({ use }) => use !== 'gateway-tls').map(key => judge(key, settings)),
      ...(await open(settings)),
    ]
  } catch (thrown) {
    if (!(thrown instanceof KeysUnusable)) throw thrown
    return [{ state: 'warning', what: 'keys', detail: thrown.message }]
  }
}

function judge(key: DescribedKey, settings: Settings): Result {
  const { use, state, algorithm, place, name, ageDays, until } = key
  const end = until === null ? '' : `, until ${until}`
  const says = `${state}, ${algorithm} in ${place === 'file' ? name : `the token (${name})`}, ${ageDays} days old${end}`
  const why = complaintOf(key, settings)
  return { state: why === null ? 'good' : 'warning', what: `key for ${use}`, detail: why ? `${says}: ${why}` : says }
}

function complaintOf({ use, state, place, ageDays, isProtected }: DescribedKey, settings: Settings): string | null {
  if (state === 'retired')
    return isProtected === null ? null : `its private half is still there: lienthong keys retire --use ${use}`
  if (state === 'previous' || state === 'next') return null
  if (ageDays > OLD_DAYS && use !== 'evidence') return `older than a year: lienthong keys rotate --use ${use}`
  if (place === 'file' && settings.pkcs11 !== null && use !== 'evidence')
    return `not in the token: lienthong keys rotate --use ${use}`
  if (isProtected === false)
    return settings.keysPassphraseFile === null
      ? 'not encrypted: set KEYS_PASSPHRASE_FILE and run lienthong keys encrypt'
      : 'not encrypted: lienthong keys encrypt'
  return null
}

/** Whether each private half that signs can be opened with what the environment names. */
async function open(settings: Settings): Promise<readonly Result[]> {
  const wrong = (thrown: unknown): Result => ({ state: 'wrong', what: 'keys', detail: (thrown as Error).message })
  try {
    const opened = await openKeyStore(settings)
    const { store } = opened
    try {
      const results: Result[] = []
      for (const look of [
        () => store.readEvidence(),
        ...(store.readInventory() ?? [])
          .filter(key => key.until === null && !key.isDestroyed)
          .map(key => () => store.privateHalf(key)),
      ]) {
        try {
          look()
        } catch (thrown) {
          if (!(thrown instanceof KeysUnusable)) throw thrown
          results.push(wrong(thrown))
        }
      }
      return results
    } finally {
      opened.close()
    }
  } catch (thrown) {
    if (thrown instanceof Misuse || thrown instanceof KeysUnusable) return [wrong(thrown)]
    throw thrown
  }
}

import { existsSync } from 'node:fs'
import { systemClock } from '../../edge/clock.ts'
import { KeyStore } from '../../edge/keys/key-store.ts'
import { Keyring } from '../../edge/keys/keyring.ts'
import { KeysUnusable } from '../../edge/keys/keys-unusable.ts'
import { Pkcs11Token } from '../../edge/keys/pkcs11-token.ts'
import { readPassphrase, readSecret } from '../../edge/keys/secret-file.ts'
import { Misuse } from '../misuse.ts'
import type { Settings } from '../settings.ts'

export interface OpenStore {
  readonly store: KeyStore
  close(): void
}

/** The place of the keys as the environment names it. Throws Misuse naming the variable. */
export async function openKeyStore(settings: Settings): Promise<OpenStore> {
  return orMisuse(async () => {
    const { keysPassphraseFile, pkcs11, keysDir } = settings
    const passphrase = keysPassphraseFile === null ? null : readPassphrase(keysPassphraseFile)
    const token = pkcs11 && (await Pkcs11Token.open({ ...pkcs11, pin: readPin(pkcs11.pinFile) }))
    return { store: new KeyStore(keysDir, passphrase, token), close: () => token?.close() }
  })
}

const readPin = (path: string): string => readSecret(path, 'PKCS11_PIN_FILE').replace(/\r?\n$/, '')

/** The keys of a running gateway, those that are missing made. Throws Misuse. */
export async function openKeyring(settings: Settings, onTrouble: (thrown: unknown) => void): Promise<Keyring> {
  const opened = await openKeyStore(settings)
  const clock = systemClock()
  try {
    return await orMisuse(() =>
      Keyring.open({ store: opened.store, now: () => clock.now(), onTrouble, onClose: () => opened.close() }),
    )
  } catch (thrown) {
    opened.close()
    throw thrown
  }
}

/** For commands that change keys: a gateway has made them before. */
export async function withKeyStore<T>(settings: Settings, work: (store: KeyStore) => Promise<T>): Promise<T> {
  if (!existsSync(settings.keysDir))
    throw new Misuse(`there are no keys in ${settings.keysDir}: set KEYS_DIR or DATA_DIR, or start a gateway first`)
  const opened = await openKeyStore(settings)
  try {
    return await orMisuse(() => work(opened.store))
  } finally {
    opened.close()
  }
}

/** A key that cannot be used is the operator's to mend. */
export async function orMisuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw thrown instanceof KeysUnusable ? new Misuse(thrown.message) : thrown
  }
}

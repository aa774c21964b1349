import { existsSync } from 'node:fs'
import { KeysUnusable } from './keys-unusable.ts'
import { type Handle, loadPkcs11, type Pkcs11Library, type Pkcs11Module } from './pkcs11-library.ts'

export interface TokenSettings {
  /** Path of the library (PKCS11_MODULE). */
  readonly module: string
  /** Label of the token (PKCS11_TOKEN). */
  readonly token: string
  /** Of its user (PKCS11_PIN_FILE). */
  readonly pin: string
}

export interface Session {
  readonly handle: Handle
  /** Handles of private keys by label: valid as long as the login. */
  readonly keys: Map<string, Handle>
}

/** Signatures under way in the token at once; more wait. */
const SESSIONS = 4
/** A token that has gone is looked for this often, not at every signature. */
const RETRY_MILLIS = 1_000

/**
 * One library, one login and a few sessions. A lost token is looked for again, so that one that comes back is used again; its PIN is
 * tried once only, because a token locks itself after a few wrong ones.
 */
export class Pkcs11Connection {
  readonly library: Pkcs11Library
  readonly #settings: TokenSettings
  #module: Pkcs11Module | null = null
  #sessions: readonly Session[] = []
  #idle: Session[] = []
  #waiting: (() => void)[] = []
  #suspect = false
  #triedAt = 0
  #pinRefused = false

  private constructor(library: Pkcs11Library, settings: TokenSettings) {
    this.library = library
    this.#settings = settings
  }

  /** Throws KeysUnusable naming the variable where library, token or PIN are not as they should. */
  static async open(settings: TokenSettings): Promise<Pkcs11Connection> {
    if (!existsSync(settings.module)) throw new KeysUnusable(`PKCS11_MODULE: there is no ${settings.module}`)
    let library: Pkcs11Library
    try {
      library = await loadPkcs11()
    } catch {
      throw new KeysUnusable('PKCS11_MODULE: the optional package pkcs11js is not installed here (npm ci builds it)')
    }
    const connection = new Pkcs11Connection(library, settings)
    connection.#connect()
    return connection
  }

  get token(): string {
    return this.#settings.token
  }

  /** Throws KeysUnusable while there is no token. */
  get module(): Pkcs11Module {
    if (!this.#module) throw this.#away()
    return this.#module
  }

  get slot(): Handle {
    return this.#find(this.module)
  }

  /** The next free session; waits for one where all are in use. */
  async take(): Promise<Session> {
    for (;;) {
      const session = this.#next()
      if (session) return session
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** A free session at once. */
  takeNow(): Session {
    const session = this.#next()
    if (!session) throw new KeysUnusable(`the token ${this.token} is busy`)
    return session
  }

  give(session: Session): void {
    if (this.#sessions.includes(session)) this.#idle.push(session)
    this.#waiting.shift()?.()
  }

  /** Something failed: handles of a token that went away are void even once it is back. */
  suspect(): void {
    this.#suspect = true
  }

  /** Forgets a key that was destroyed. */
  forget(label: string): void {
    for (const session of this.#sessions) session.keys.delete(label)
  }

  close(): void {
    const module = this.#module
    this.#module = null
    this.#sessions = []
    this.#idle = []
    try {
      module?.C_Finalize()
    } catch {
      // A token that has gone; the process ends anyway or looks for it again.
    }
    module?.close()
  }

  #next(): Session | undefined {
    // Only while nothing is under way: the library must not be taken away from a running signature.
    if (this.#suspect && this.#idle.length === this.#sessions.length && Date.now() - this.#triedAt >= RETRY_MILLIS) {
      this.close()
      this.#connect()
    }
    if (this.#sessions.length === 0) throw this.#away()
    return this.#idle.pop()
  }

  #connect(): void {
    const pk = this.library
    this.#suspect = true
    this.#triedAt = Date.now()
    const module = new pk.PKCS11()
    try {
      module.load(this.#settings.module)
    } catch {
      throw new KeysUnusable(`PKCS11_MODULE: ${this.#settings.module} is no PKCS#11 library that can be loaded here`)
    }
    try {
      module.C_Initialize({ flags: pk.CKF_OS_LOCKING_OK })
      this.#module = module
      const slot = this.#find(module)
      const handles = Array.from({ length: SESSIONS }, () =>
        module.C_OpenSession(slot, pk.CKF_SERIAL_SESSION | pk.CKF_RW_SESSION),
      )
      if (handles[0]) this.#login(module, handles[0])
      this.#sessions = handles.map(handle => ({ handle, keys: new Map() }))
      this.#idle = [...this.#sessions]
      this.#suspect = false
    } catch (thrown) {
      this.close()
      if (thrown instanceof KeysUnusable) throw thrown
      throw new KeysUnusable(`PKCS11_TOKEN: the token ${this.token} cannot be used: ${(thrown as Error).message}`)
    }
  }

  #find(module: Pkcs11Module): Handle {
    const [slot, ...more] = module.C_GetSlotList(true).filter(candidate => labelOf(module, candidate) === this.token)
    if (!slot) throw new KeysUnusable(`PKCS11_TOKEN: the library knows no token with the label ${this.token}`)
    if (more.length > 0) throw new KeysUnusable(`PKCS11_TOKEN: ${1 + more.length} tokens have the label ${this.token}`)
    return slot
  }

  #login(module: Pkcs11Module, session: Handle): void {
    const pk = this.library
    if (this.#pinRefused) throw new KeysUnusable('PKCS11_PIN_FILE: the token has refused this PIN before')
    try {
      module.C_Login(session, pk.CKU_USER, this.#settings.pin)
    } catch (thrown) {
      const { code } = thrown as { code?: number }
      if (code === pk.CKR_USER_ALREADY_LOGGED_IN) return
      this.#pinRefused = [pk.CKR_PIN_INCORRECT, pk.CKR_PIN_INVALID, pk.CKR_PIN_LEN_RANGE].includes(code ?? -1)
      if (this.#pinRefused) throw new KeysUnusable('PKCS11_PIN_FILE: the token does not take this PIN')
      if (code === pk.CKR_PIN_LOCKED) throw new KeysUnusable('PKCS11_PIN_FILE: the PIN of the token is locked')
      throw thrown
    }
  }

  #away = (): KeysUnusable => new KeysUnusable(`the token ${this.token} cannot be reached`)
}

/** Padded with spaces to 32 characters. */
function labelOf(module: Pkcs11Module, slot: Handle): string {
  try {
    return module.C_GetTokenInfo(slot).label.trimEnd()
  } catch {
    return ''
  }
}

/**
 * What we use of the package pkcs11js, after PKCS#11 v2.40. Written here because the package is optional: where no compiler is at hand
 * npm leaves it out with its types, and the gateway has to build without it.
 */
export type Handle = Buffer

export interface Attribute {
  readonly type: number
  readonly value?: boolean | number | string | Buffer
}

export interface Mechanism {
  readonly mechanism: number
}

/** One loaded library. Every call throws an Error with the return value as its `code` where that is not CKR_OK. */
export interface Pkcs11Module {
  load(path: string): void
  close(): void
  C_Initialize(options: { readonly flags: number }): void
  C_Finalize(): void
  C_GetSlotList(tokenPresent: boolean): Handle[]
  C_GetTokenInfo(slot: Handle): { readonly label: string }
  C_GetMechanismList(slot: Handle): number[]
  C_OpenSession(slot: Handle, flags: number): Handle
  C_Login(session: Handle, userType: number, pin: string): void
  C_DestroyObject(session: Handle, object: Handle): void
  C_FindObjectsInit(session: Handle, template: Attribute[]): void
  C_FindObjects(session: Handle, most: number): Handle[]
  C_FindObjectsFinal(session: Handle): void
  C_GetAttributeValue(session: Handle, object: Handle, template: Attribute[]): { readonly value: Buffer }[]
  C_GenerateKeyPair(session: Handle, mechanism: Mechanism, publicKey: Attribute[], privateKey: Attribute[]): unknown
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void
  C_Sign(session: Handle, data: Buffer, signature: Buffer): Buffer
  C_SignAsync(session: Handle, data: Buffer, signature: Buffer): Promise<Buffer>
}

export interface Pkcs11Library {
  readonly PKCS11: new () => Pkcs11Module
  readonly CKF_OS_LOCKING_OK: number
  readonly CKF_SERIAL_SESSION: number
  readonly CKF_RW_SESSION: number
  readonly CKU_USER: number
  readonly CKR_USER_ALREADY_LOGGED_IN: number
  readonly CKR_PIN_INCORRECT: number
  readonly CKR_PIN_INVALID: number
  readonly CKR_PIN_LEN_RANGE: number
  readonly CKR_PIN_LOCKED: number
  readonly CKO_PRIVATE_KEY: number
  readonly CKO_PUBLIC_KEY: number
  readonly CKK_EC: number
  readonly CKM_EC_KEY_PAIR_GEN: number
  readonly CKM_ECDSA: number
  readonly CKA_CLASS: number
  readonly CKA_TOKEN: number
  readonly CKA_PRIVATE: number
  readonly CKA_LABEL: number
  readonly CKA_ID: number
  readonly CKA_KEY_TYPE: number
  readonly CKA_SENSITIVE: number
  readonly CKA_EXTRACTABLE: number
  readonly CKA_SIGN: number
  readonly CKA_VERIFY: number
  readonly CKA_EC_PARAMS: number
  readonly CKA_EC_POINT: number
}

const PACKAGE: string = 'pkcs11js'

/** Rejects where the optional package is not installed. */
export const loadPkcs11 = async (): Promise<Pkcs11Library> =>
  ((await import(PACKAGE)) as { readonly default: Pkcs11Library }).default

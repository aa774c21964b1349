import { err, ok, type Result } from '../../domain/result.ts'
import type { SignatureRefusal } from './refusal.ts'
import { type BareItem, type Dictionary, type InnerList, isInnerList, readCanonical } from './structured-field.ts'

/** What a caller says that it has signed. Nothing of it is checked yet. */
export interface ClaimedSignature {
  readonly label: string
  /** Covered components and parameters, as they stand in the base. */
  readonly input: InnerList
  /** Names of the covered components. */
  readonly covered: ReadonlySet<string>
  /** Seconds since 1970. */
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly keyId: string
  /** Null: left to the key. */
  readonly algorithm: string | null
  readonly signature: Uint8Array
}

/** The caller chooses both headers. */
const MAX_HEADER_CHARACTERS = 8_192
const MAX_LABEL_CHARACTERS = 64
const MAX_COMPONENTS = 32
/** RSA of 8,192 bits; what is longer is no signature. */
const MAX_SIGNATURE_BYTES = 1_024
/** 128 bits in hex are 32 characters, in base64 22; shorter than 16 does not keep two systems apart for long. */
const NONCE = /^[\x20-\x7e]{16,128}$/
const KEY_ID = /^[0-9a-f]{64}$/

const PARAMETERS: ReadonlySet<string> = new Set(['created', 'expires', 'nonce', 'keyid', 'alg', 'tag'])
/** Tells a request's signature from any other that the same key might make (RFC 9421 section 7.2.8). Optional. */
const REQUEST_TAG = 'lienthong-request'

/** Reads attacker-controlled `Signature-Input` and `Signature` (RFC 9421 section 4). */
export function readSignature(
  signatureInput: string,
  signature: string,
): Result<
  ClaimedSignature,
  Extract<SignatureRefusal, 'unreadable' | 'not-one' | 'parameters-not-as-agreed' | 'component-not-taken'>
> {
  const inputs = readHeader(signatureInput)
  const signatures = readHeader(signature)
  if (!inputs || !signatures) return err('unreadable')
  const [named, ...others] = inputs
  const value = named && signatures.size === 1 ? signatures.get(named[0]) : undefined
  if (!named || others.length > 0 || !value || named[0].length > MAX_LABEL_CHARACTERS) return err('not-one')
  const [label, input] = named
  if (!isInnerList(input) || isInnerList(value) || !(value[0] instanceof ArrayBuffer) || value[1].size > 0)
    return err('unreadable')
  const bytes = new Uint8Array(value[0])
  if (bytes.length > MAX_SIGNATURE_BYTES) return err('unreadable')
  const covered = namesOf(input)
  if (!covered) return err('component-not-taken')
  const claims = readParameters(input[1])
  return claims ? ok({ label, input, covered, ...claims, signature: bytes }) : err('parameters-not-as-agreed')
}

const readHeader = (text: string): Dictionary | null =>
  text.length > MAX_HEADER_CHARACTERS ? null : readCanonical(text)

/** Null where a component has parameters, comes twice, or there are too many. */
function namesOf([components]: InnerList): ReadonlySet<string> | null {
  const names = new Set(components.map(([name]) => name).filter(name => typeof name === 'string'))
  const plain = components.every(([, parameters]) => parameters.size === 0)
  return plain && names.size === components.length && names.size <= MAX_COMPONENTS ? names : null
}

type Claims = Pick<ClaimedSignature, 'created' | 'expires' | 'nonce' | 'keyId' | 'algorithm'>

function readParameters(parameters: ReadonlyMap<string, BareItem>): Claims | null {
  for (const name of parameters.keys()) if (!PARAMETERS.has(name)) return null
  const created = parameters.get('created')
  const expires = parameters.get('expires')
  const nonce = parameters.get('nonce')
  const keyId = parameters.get('keyid')
  const algorithm = parameters.get('alg') ?? null
  if (!isTime(created) || !isTime(expires)) return null
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) return null
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId)) return null
  if (algorithm !== null && typeof algorithm !== 'string') return null
  if ((parameters.get('tag') ?? REQUEST_TAG) !== REQUEST_TAG) return null
  return { created, expires, nonce, keyId, algorithm }
}

/** RFC 9421 section 2.3: an integer, not a decimal. */
const isTime = (value: BareItem | undefined): value is number => Number.isInteger(value) && (value as number) >= 0

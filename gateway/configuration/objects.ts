/** The objects of a revision. Minted by parse-configuration.ts only, frozen, cross-checked: what is here holds together. */
import type { AgreementId, Purpose } from '../domain/purpose.ts'
import type { Binding } from '../domain/binding.ts'
import type { Classification } from '../domain/classification.ts'
import type { Digest } from '../domain/digest.ts'
import type { GuardrailId } from '../domain/guardrail-id.ts'
import type { Minute } from '../domain/instant.ts'
import type { OfficerId, Role } from '../domain/officer-id.ts'
import type { Method, OperationName, ServiceId } from '../domain/service-id.ts'
import type { SystemId } from '../domain/system-id.ts'
import type { UnitCode } from '../domain/unit-code.ts'

/** Fixed by the genesis; production refuses development issuers. */
export type Mode = 'development' | 'production'

/** A text that users see, in both languages. */
export interface Text {
  readonly en: string
  readonly vi: string
}

export interface Unit {
  readonly code: UnitCode
  readonly name: Text
  /** Free labels that guardrails may speak of, for example `external`. Sorted. */
  readonly attributes: readonly string[]
}

/** One registered public key. `from` and `until` (half-open) allow an overlap while keys rotate; null is unbounded. */
export interface KeyBinding {
  readonly key: Binding
  readonly from: Minute | null
  readonly until: Minute | null
}

/** One registered public key for message signatures. Never a key of TLS: one key, one use (NIST SP 800-57 part 1, 5.2). */
export interface SigningKey {
  /** SHA-256 of the public key; `keyid` of a signature. */
  readonly id: Binding
  /** SubjectPublicKeyInfo. */
  readonly pem: string
  /** The one algorithm of the key: no message chooses. */
  readonly algorithm: MessageAlgorithm
  readonly from: Minute | null
  readonly until: Minute | null
}

export type MessageAlgorithm = 'ES256' | 'PS256' | 'Ed25519'

export interface System {
  readonly id: SystemId
  readonly name: Text
  readonly suspended: boolean
  /** At least one; no key is registered for two systems, officers or providers. */
  readonly bindings: readonly KeyBinding[]
  /** Keys with which it signs requests; may be empty. */
  readonly signingKeys: readonly SigningKey[]
  /** Where the gateway reaches the system as a provider: an https origin without path, or null for a pure consumer. */
  readonly endpoint: string | null
}

/** A certification authority and what it may name. Trust is by key: its certificate may be renewed. */
export interface Issuer {
  readonly name: string
  /** The key that signs leaf certificates. */
  readonly key: Binding
  /** PEM of the issuing certificate and of those above it up to a self-signed root. */
  readonly certificates: readonly string[]
  /** The units (with all below them) whose systems it may name. */
  readonly units: readonly UnitCode[]
  readonly namesOfficers: boolean
  /** `absent` for authorities that cannot set a URN SAN: then the binding stands alone. */
  readonly san: 'required' | 'absent'
  readonly revocation: RevocationSources
  /** A throw-away authority of certs-dev: a production genesis refuses it. */
  readonly development: boolean
}

/** Where the status of an issuer's certificates is looked up, beside the files of CERTS_DIR. */
export interface RevocationSources {
  /** Addresses (http) of lists of the issuer and of the authorities above it. */
  readonly crl: readonly string[]
  /** Address (http) of the OCSP responder; null: none is asked. */
  readonly ocsp: string | null
  /** At most 24 h: how long a list or an answer that was fresh serves on behind its end. */
  readonly graceMillis: number
}

export interface PurposeEntry {
  readonly code: Purpose
  readonly title: Text
}

/** A WebAuthn authenticator of one officer. */
export interface Authenticator {
  /** Of the credential, base64url. */
  readonly id: string
  /** SHA-256 of the public key. */
  readonly key: Binding
  /** PEM, SubjectPublicKeyInfo: P-256, or RSA of 2048 bits and more. */
  readonly publicKey: string
}

export interface Officer {
  readonly id: OfficerId
  readonly name: string
  readonly roles: readonly Role[]
  /** Of a unit administrator: the units (with all below them) that it administrates. */
  readonly units: readonly UnitCode[]
  readonly key: Binding
  readonly disabled: boolean
  /** The day on which two others let an idle officer act again, `2026-11-22`; null: never. */
  readonly recoveredOn: string | null
  /** With which the officer signs in a browser; may be empty. */
  readonly authenticators: readonly Authenticator[]
  /** Whether only authenticators sign for this officer, and every call of the office API needs a session. */
  readonly secondFactor: boolean
}

/** A JSON Schema 2020-12, self-contained (no reference leaves it), as canonical JSON text. */
export interface SchemaText {
  readonly digest: Digest
  readonly text: string
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: SchemaText
  /** What the text of the parameter is read as before the schema sees it. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean'
}

export interface Body {
  /** Media type (lower case, without parameters) to schema; null: declared, crosses unread (only size and digest checked). */
  readonly content: ReadonlyMap<string, SchemaText | null>
  readonly required: boolean
}

/** `2XX` and `default` as in OpenAPI; an exact status wins over its class, the class over `default`. */
export type StatusKey = `${number}` | `${number}XX` | 'default'

export interface Operation {
  readonly name: OperationName
  readonly method: Method
  /** Path template below the service, `/provinces/{code}`; each segment is literal or one parameter. */
  readonly template: string
  readonly summary: Text
  readonly classification: Classification
  readonly parameters: readonly Parameter[]
  readonly request: Body | null
  readonly responses: ReadonlyMap<StatusKey, Body | null>
  /** Bytes. Default 10 MiB each. */
  readonly maxRequestBytes: number
  readonly maxResponseBytes: number
}

/** Whole minutes, half-open. */
export interface Window {
  readonly from: Minute
  readonly until: Minute
}

export interface Maintenance extends Window {
  /** Why, for the catalogue. */
  readonly note: Text
}

export interface Service {
  readonly id: ServiceId
  readonly provider: SystemId
  readonly title: Text
  /** Path at the provider under which the operations lie; `` or `/categories/v1`. */
  readonly basePath: string
  readonly operations: readonly Operation[]
  /** From the first byte forwarded to the last byte of the answer. */
  readonly deadlineMillis: number
  /** Whether each request to it carries `Exchange-Assertion`. */
  readonly assertion: boolean
  readonly suspended: boolean
  /** Planned interruptions: no exchange then. */
  readonly maintenance: readonly Maintenance[]
  readonly owner: string
  readonly legalBasis: string
  readonly sourceOfTruth: string
  readonly updateCycle: string
  /** The OpenAPI 3.1 document as canonical JSON, for the catalogue. */
  readonly openapi: string
}

/** JSON Pointers in which the segment `*` stands for every item of an array, as in `/items/` `*` `/code`. Empty: nothing granted. */
export type FieldGrant = readonly string[]

export interface OperationGrant {
  readonly name: OperationName
  /** null: all fields. */
  readonly request: FieldGrant | null
  readonly response: FieldGrant | null
}

export interface Hours {
  /** IANA zone. */
  readonly zone: string
  /** Days of the week, 0 Sunday to 6 Saturday, expanded from the range. */
  readonly days: readonly number[]
  /** Minutes since local midnight, half-open; `from` above `until` spans midnight and belongs to the day it starts on. */
  readonly from: number
  readonly until: number
}

export interface Limits {
  readonly perMinute: number | null
  readonly concurrent: number | null
  readonly bytesPerDay: number | null
}

export interface Agreement {
  readonly id: AgreementId
  /** SHA-256 of the agreement's canonical JSON: which version of it a decision used. */
  readonly version: Digest
  readonly consumer: SystemId
  readonly service: ServiceId
  readonly purposes: readonly Purpose[]
  /** Every operation it grants, expanded (`operations` absent: all of the service), in the service's order. */
  readonly operations: readonly OperationGrant[]
  readonly ceiling: Classification
  readonly suspended: boolean
  /** Whole minutes, half-open. */
  readonly from: Minute
  readonly until: Minute
  readonly hours: Hours | null
  readonly limits: Limits
  readonly signature: 'none' | 'optional' | 'required'
  /** Whether requests carry a certificate-bound access token (RFC 8705). */
  readonly token: 'none' | 'required'
  /** Agreed on for emergencies: permits nothing but within its activation. */
  readonly dormant: boolean
  /** Of a dormant agreement; at most 60 minutes. null: it sleeps. */
  readonly activation: Activation | null
  readonly legalBasis: { readonly instrument: string; readonly article: string }
  readonly securityConfirmedOn: string
  /** The minute at which that confirmation is 6 calendar months old (in the zone of the genesis) and carries no exchange any more. */
  readonly securityConfirmedUntil: Minute
  /** The day on which its parties last looked at it and found it needed, `2026-11-22`; null: never since it was made. */
  readonly recertifiedOn: string | null
  readonly contacts: { readonly consumer: string; readonly provider: string }
  /** ISO 8601 duration, `P90D`. */
  readonly retentionAtConsumer: string
  /** null: not written down. Demanded where the service hands out data about people. */
  readonly personalData: PersonalData | null
}

/** Why a dormant agreement was woken, and for how long. Who did it stands in the signed change. */
export interface Activation extends Window {
  readonly reason: string
}

/** What a written agreement on personal data holds beside the rest (Decree 356/2025, article 7.1). null: not written down. */
export interface PersonalData {
  /** Whose data. */
  readonly subjects: string | null
  /** What the consumer does to protect it. */
  readonly securityMeasures: string | null
  /** Whether the consumer may hand it on. */
  readonly onwardTransfer: boolean | null
  /** Whom the people concerned turn to with their rights. */
  readonly rightsContact: string | null
  /** Whom the consumer tells of a breach, and how soon. */
  readonly breachNotice: string | null
}

/** Everything that a guardrail sees of an exchange. The unit of a system is part of its id. */
export interface GuardrailInput {
  readonly consumer: GuardrailParty
  readonly provider: GuardrailParty
  readonly service: ServiceId
  readonly operation: OperationName
  readonly purpose: Purpose
  /** The effective one. A state secret is refused before any guardrail is asked; they may speak of it all the same. */
  readonly classification: Classification | 'state-secret'
  /** Seen as weekday, minute of the day and working hours in the zone of the genesis. */
  readonly minute: Minute
}

export interface GuardrailParty {
  readonly system: SystemId
  /** Those of its unit. */
  readonly attributes: readonly string[]
}

/** A rule over all exchanges that no agreement can override. */
export interface Guardrail {
  readonly id: GuardrailId
  readonly title: Text
  /** One Cedar policy with the effect `forbid`. Whether it is one is the matter of policy/guardrails. */
  readonly policy: string
  readonly tests: readonly GuardrailTest[]
}

export interface GuardrailTest {
  readonly name: string
  readonly input: GuardrailInput
  readonly expect: 'forbid' | 'pass'
}

/** A witness of the control lane (C2SP tlog-witness). */
export interface Witness {
  /** Of its key, as in its cosignatures. */
  readonly name: string
  readonly title: Text
  /** `add-checkpoint` lies below it; no slash at the end. */
  readonly url: string
  /** `name+keyid+base64` of a cosignature/v1 key (C2SP tlog-cosignature). */
  readonly verifierKey: string
  /** Whether it is run outside the operator's administration. */
  readonly outside: boolean
}

/** A time-stamping authority (RFC 3161). */
export interface TimeAuthority {
  readonly name: string
  readonly title: Text
  readonly url: string
  /** PEM of the authorities that its signing certificate must lead to, up to a self-signed root. */
  readonly certificates: readonly string[]
}

/** One setting of the gateway as a whole; effective-settings.ts says what holds where there is none. */
export type Setting =
  | {
      readonly id: 'witnessing'
      /** As many witnesses must have cosigned. */
      readonly required: number
      /** Age of the newest checkpoint that enough of them cosigned, at which an alert is raised, and at which exchanges stop. */
      readonly alertAfterMillis: number
      readonly stopAfterMillis: number
    }
  | { readonly id: 'timestamping'; readonly everyMillis: number; readonly alertAfterMillis: number }
  | {
      readonly id: 'retention'
      /** Of the information system, 1 to 5. */
      readonly level: number
      /** Calendar months that records are kept. */
      readonly months: number
    }
  | { readonly id: 'second-factor'; readonly approvals: 'accepted' | 'required' }
  | {
      readonly id: 'caps'
      readonly systemPerSecond: number
      readonly officerPerMinute: number
      readonly officerConcurrent: number
    }

/** When an alert is raised, beside those that every gateway raises. */
export interface AlertRule {
  readonly id: string
  readonly title: Text
  /** What is counted, of one system each; TLS failures of one address. */
  readonly event: 'refusals' | 'answers' | 'bytes' | 'tls-failures'
  /** null: all. */
  readonly service: ServiceId | null
  readonly count: number
  readonly withinMillis: number
}

export interface Configuration {
  readonly mode: Mode
  /** The unit that operates the gateway. */
  readonly operator: UnitCode
  /** IANA zone of the calendar that guardrails see. */
  readonly zone: string
  /** What guardrails see as working hours, in that zone. */
  readonly workingHours: Hours
  readonly units: readonly Unit[]
  readonly systems: readonly System[]
  readonly issuers: readonly Issuer[]
  readonly purposes: readonly PurposeEntry[]
  readonly officers: readonly Officer[]
  readonly services: readonly Service[]
  readonly agreements: readonly Agreement[]
  readonly guardrails: readonly Guardrail[]
  readonly witnesses: readonly Witness[]
  readonly timeAuthorities: readonly TimeAuthority[]
  readonly settings: readonly Setting[]
  readonly alertRules: readonly AlertRule[]
}

/** One thing wrong with a configuration, in words that say how to mend it. */
export interface ConfigurationError {
  /** Relative to the configuration directory; or `revision 7` for a stored one. */
  readonly file: string
  /** 1-based; 0 where no line is known. */
  readonly line: number
  /** JSON Pointer inside the file. */
  readonly pointer: string
  readonly reason: string
}

/**
 * The plain JSON value of a whole configuration, references to files resolved: what a revision stores as canonical text.
 * Nothing here is checked beyond its JSON Schema; parse-configuration.ts makes the objects of it.
 */
import type { Classification } from '../domain/classification.ts'
import type { Role } from '../domain/officer-id.ts'
import type { Mode, Text } from './objects.ts'

export interface ConfigurationDocument {
  readonly genesis: {
    readonly mode: Mode
    readonly operator: string
    readonly zone: string
    readonly workingHours?: Omit<HoursDocument, 'zone'>
    /** Where officers sign in a browser: an https origin. */
    readonly office?: { readonly origin: string }
  }
  readonly units: readonly UnitDocument[]
  readonly systems: readonly SystemDocument[]
  readonly issuers: readonly IssuerDocument[]
  readonly purposes: readonly PurposeDocument[]
  readonly officers: readonly OfficerDocument[]
  readonly services: readonly ServiceDocument[]
  readonly agreements: readonly AgreementDocument[]
  /** This list and those below: absent in revisions of before there were any. */
  readonly guardrails?: readonly GuardrailDocument[]
  readonly witnesses?: readonly WitnessDocument[]
  readonly timeAuthorities?: readonly TimeAuthorityDocument[]
  readonly settings?: readonly SettingDocument[]
  readonly alertRules?: readonly AlertRuleDocument[]
}

/** A half-open window of time as RFC 3339 texts. */
export interface WindowDocument {
  readonly from?: string
  readonly until?: string
}

export interface UnitDocument {
  readonly code: string
  readonly name: Text
  readonly attributes?: readonly string[]
}

export interface BindingDocument extends WindowDocument {
  readonly key: string
}

export interface SigningKeyDocument extends WindowDocument {
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string
}

export interface SystemDocument {
  readonly id: string
  readonly name: Text
  readonly suspended?: boolean
  readonly endpoint?: string
  readonly bindings: readonly BindingDocument[]
  readonly signingKeys?: readonly SigningKeyDocument[]
}

export interface RevocationDocument {
  readonly crl?: readonly string[]
  readonly ocsp?: { readonly url: string }
  /** ISO 8601 duration, `PT12H`. */
  readonly grace?: string
}

export interface IssuerDocument {
  readonly name: string
  /** PEM; the one that signs leaf certificates first. */
  readonly certificates: readonly string[]
  readonly units: readonly string[]
  readonly namesOfficers?: boolean
  readonly san?: 'required' | 'absent'
  readonly revocation?: RevocationDocument
  readonly development?: boolean
}

export interface PurposeDocument {
  readonly code: string
  readonly title: Text
}

export interface OfficerDocument {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly units?: readonly string[]
  readonly key: string
  readonly disabled?: boolean
  /** A day, `2026-11-22`. */
  readonly recoveredOn?: string
  readonly authenticators?: readonly AuthenticatorDocument[]
  readonly secondFactor?: 'none' | 'required'
}

export interface AuthenticatorDocument {
  /** Of the credential, base64url. */
  readonly id: string
  /** PEM, SubjectPublicKeyInfo. */
  readonly publicKey: string
}

export interface MaintenanceDocument {
  readonly from: string
  readonly until: string
  readonly note: Text
}

export interface ServiceDocument {
  readonly id: string
  readonly provider: string
  readonly title: Text
  readonly basePath?: string
  /** ISO 8601 duration of minutes or seconds, `PT10S`. */
  readonly deadline: string
  readonly assertion?: boolean
  readonly suspended?: boolean
  readonly maintenance?: readonly MaintenanceDocument[]
  readonly owner: string
  readonly legalBasis: string
  readonly sourceOfTruth: string
  readonly updateCycle: string
  /** The OpenAPI 3.1 document. */
  readonly openapi: unknown
}

export interface GrantDocument {
  readonly request?: readonly string[]
  readonly response?: readonly string[]
}

export interface HoursDocument {
  readonly zone: string
  /** First and last day of the range. */
  readonly days: readonly string[]
  readonly from: string
  readonly until: string
}

export interface PersonalDataDocument {
  readonly subjects?: string
  readonly securityMeasures?: string
  readonly onwardTransfer?: boolean
  readonly rightsContact?: string
  readonly breachNotice?: string
}

export interface AgreementDocument {
  readonly id: string
  readonly consumer: string
  readonly service: string
  readonly purposes: readonly string[]
  readonly operations?: Readonly<Record<string, GrantDocument>>
  readonly ceiling: string
  readonly suspended?: boolean
  readonly valid: { readonly from: string; readonly until: string }
  readonly hours?: HoursDocument
  readonly limits?: { readonly perMinute?: number; readonly concurrent?: number; readonly bytesPerDay?: number }
  readonly signature?: 'none' | 'optional' | 'required'
  readonly token?: 'none' | 'required'
  readonly legalBasis: { readonly instrument: string; readonly article: string }
  readonly dormant?: boolean
  readonly activation?: { readonly from: string; readonly until: string; readonly reason: string }
  readonly securityConfirmedOn: string
  /** A day, `2026-11-22`. */
  readonly recertifiedOn?: string
  readonly contacts: { readonly consumer: string; readonly provider: string }
  readonly retentionAtConsumer: string
  readonly personalData?: PersonalDataDocument
}

export interface GuardrailPartyDocument {
  readonly system: string
  readonly attributes?: readonly string[]
}

export interface GuardrailTestDocument {
  readonly name: string
  readonly input: {
    readonly consumer: GuardrailPartyDocument
    readonly provider: GuardrailPartyDocument
    readonly service: string
    readonly operation: string
    readonly purpose: string
    readonly classification: Classification | 'state-secret'
    readonly at: string
  }
  readonly expect: 'forbid' | 'pass'
}

export interface GuardrailDocument {
  readonly id: string
  readonly title: Text
  readonly policy: string
  readonly tests: readonly GuardrailTestDocument[]
}

export interface WitnessDocument {
  readonly name: string
  readonly title: Text
  readonly url: string
  readonly verifierKey: string
  readonly outside: boolean
}

export interface TimeAuthorityDocument {
  readonly name: string
  readonly title: Text
  readonly url: string
  /** PEM, up to a self-signed root. */
  readonly certificates: readonly string[]
}

/** Durations are ISO 8601, `PT10M`. */
export type SettingDocument =
  | { readonly id: 'witnessing'; readonly required: number; readonly alertAfter?: string; readonly stopAfter?: string }
  | { readonly id: 'timestamping'; readonly every?: string; readonly alertAfter?: string }
  | { readonly id: 'retention'; readonly level: number; readonly months: number }
  | { readonly id: 'second-factor'; readonly approvals: 'accepted' | 'required' }
  | {
      readonly id: 'caps'
      readonly systemPerSecond?: number
      readonly officerPerMinute?: number
      readonly officerConcurrent?: number
    }

export interface AlertRuleDocument {
  readonly id: string
  readonly title: Text
  readonly event: 'refusals' | 'answers' | 'bytes' | 'tls-failures'
  readonly service?: string
  readonly count?: number
  readonly within?: string
}

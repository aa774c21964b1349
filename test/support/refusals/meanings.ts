import type { ProblemCode } from '../../../gateway/problems/catalogue.ts'

/** What a page says beside the catalogue. */
export interface Meaning {
  readonly means: string
  readonly forwarded: string
  readonly recorded: string
}

const NO = 'No.'
const MAYBE = 'Perhaps: the provider may have acted.'
const YES = 'Yes: the provider has answered, and its answer is withheld.'
const REFUSAL = '`refusal`; above a budget per system and second one counted `refusals`.'
const TLS =
  'counted `tls-failure` with the fingerprint of the certificate; on a connection that is already open `refusal`.'
const WITHHELD = '`request`, then `refusal`.'
const FAULT = '`request`, then `fault`.'
const COUNTED = 'none; counted in `lienthong_refused_connections_total`.'

const ACT = 'in the control lane, `officer` with outcome `refused`, before the answer.'

const no = (means: string, recorded = REFUSAL): Meaning => ({ means, forwarded: NO, recorded })

/** A code without a meaning does not compile. */
export const meanings = {
  'certificate-missing': {
    ...no(
      'The connection came without a client certificate. It is closed before a byte of HTTP is spoken: no caller sees this body.',
    ),
    recorded: 'counted `tls-failure`.',
  },
  'certificate-expired': no(
    'The certificate, or one above it, is past its last day. It is looked at again with each request.',
    TLS,
  ),
  'certificate-not-yet-valid': no('The first day of the certificate is still to come.', TLS),
  'certificate-untrusted': no(
    'No registered issuer stands above the certificate, or the intermediate certificates did not come with it.',
    TLS,
  ),
  'certificate-unsuitable': no('The certificate has extended key usages, and TLS client is not among them.', TLS),
  'certificate-weak': no(
    'The key of the certificate, or a signature in its chain, can be broken with known means.',
    TLS,
  ),
  'certificate-unbound': no(
    'The certificate is good, but its key is registered for no system, or not at this time. The key is the identity, not the name.',
  ),
  'certificate-mismatch': no(
    'The key is registered for one system, and the SAN of the certificate names another, none, or more than one.',
  ),
  'issuer-not-allowed': no('The issuer is registered, but not for the unit of this system.'),
  'certificate-revoked': {
    ...no(
      'A revocation list or an OCSP responder of its issuer says that the certificate, or an authority above it, is revoked. Open connections are closed too.',
    ),
    forwarded: 'No; where the revocation came while the provider worked, yes, and the answer is withheld.',
  },
  'revocation-unknown': no(
    'A revocation list of the issuer is missing or its time is over, or its OCSP responder does not say: the gateway does not guess.',
  ),
  'system-suspended': {
    ...no('Two officers have suspended the system. It also holds for answers that are on their way.'),
    forwarded: 'No; where the suspension came while the provider worked, yes, and the answer is withheld.',
  },
  'system-rate-exceeded': no('A flat cap on all calls of one system, far above any agreement: something runs away.'),
  'request-malformed': no(
    'Two readers could disagree on where the request ends or whom it is for. The connection closes.',
    COUNTED,
  ),
  'path-not-canonical': no(
    'There is one spelling of each path, and this is another. It is refused instead of mended, because the provider has to see the bytes that were decided on.',
  ),
  'not-permitted': no(
    'There is no such operation, or no agreement of this system for it. Both look alike, so that nobody can map services.',
  ),
  'header-invalid': no(
    'A header that decides something is malformed or came twice. Headers are never merged: two readers could take different ones.',
  ),
  'purpose-missing': no('There is an agreement for the operation, and the request does not say for which purpose.'),
  'purpose-not-granted': no('There is an agreement for the operation, but not for this purpose.'),
  'agreement-not-yet-valid': no('The first minute of the agreement is still to come.'),
  'agreement-expired': no('The last minute of the agreement is over.'),
  'agreement-suspended': {
    ...no(
      'Two officers have suspended the agreement. It is looked up again before anything is forwarded and before an answer is released.',
    ),
    forwarded: 'No; where the suspension came while the provider worked, yes, and the answer is withheld.',
    recorded: '`refusal`, behind the `request` and `response` where they were written before the suspension came.',
  },
  'service-suspended': {
    ...no(
      'An officer has suspended the service. It is looked up again before anything is forwarded and before an answer is released.',
    ),
    forwarded: 'No; where the suspension came while the provider worked, yes, and the answer is withheld.',
    recorded: '`refusal`, behind the `request` and `response` where they were written before the suspension came.',
  },
  'agreement-dormant': {
    ...no(
      'The agreement was made for emergencies and permits nothing but within an activation of at most an hour, which two officers sign (break-glass). Now is outside of one.',
    ),
    forwarded: 'No; where the activation was withdrawn while the provider worked, yes, and the answer is withheld.',
    recorded: '`refusal`, behind the `request` and `response` where they were written before the withdrawal.',
  },
  'security-confirmation-expired': no(
    'An agreement carries exchanges only while the last security confirmation of its consumer (`securityConfirmedOn`) is at most 6 calendar months old. It begins to refuse on the same day of the sixth month after it, at midnight in the time zone of the genesis.',
  ),
  'service-maintenance': no(
    'The owner of the service has planned an interruption for now. `Retry-After` gives the seconds until it ends.',
  ),
  'guardrail-forbids': no(
    'A rule over all exchanges says no, whatever the agreement grants; `detail` names it. Without a name: a guardrail could not be evaluated, which refuses too.',
  ),
  'outside-hours': no(
    'The agreement names days and hours in a time zone, and now is outside of them. The end is exclusive.',
  ),
  'classification-too-high': no(
    'The higher of the label of the operation and of `Data-Classification` is above the ceiling of the agreement.',
  ),
  'classification-lowered': no('`Data-Classification` may raise the label of the operation, never lower it.'),
  'state-secret': {
    ...no(
      'The request, or the answer of the provider, bears a label of state secrets. Nothing of it is stored; the body of such a request is not even read.',
    ),
    forwarded: 'No; where the answer bears the label, yes, and the answer is withheld.',
    recorded: '`refusal`; behind the `request` where the answer bears the label.',
  },
  'rate-exceeded': no('The agreement allows fewer calls a minute.'),
  'concurrency-exceeded': no('The agreement allows fewer calls at the same time.'),
  'volume-exceeded': no('The requests and answers under the agreement have used up the bytes of this day (UTC).'),
  overloaded: no(
    'The memory for bodies is used up. Nothing was decided about the call itself.',
    'none, or `refusal` where a `request` stands.',
  ),
  'signature-missing': no('The agreement demands that messages are signed, and this one is not.'),
  'signature-invalid': no(
    'The request has a message signature ([how to sign](../message-signatures.md)) that does not hold, does not cover what it has to, is not for now, or is by a key that is not a signing key of this system in force. `detail` and the record say which.',
  ),
  'signature-replayed': no(
    'The signature holds, but its nonce came before, at whatever process of the gateway: the request is a copy, or an attempt that was not signed anew.',
  ),
  'token-missing': no(
    'The agreement demands a certificate-bound access token (RFC 8705), and the request has no `Authorization: Bearer`.',
  ),
  'token-invalid': no(
    'The token is expired, not of this gateway, bound to another certificate, or names other agreements. The record says which.',
  ),
  'request-too-large': no(
    'The body is larger than the operation takes. A length that says so is enough: the body is then not read.',
  ),
  'request-timeout': no('The body did not arrive as a whole within 30 seconds.'),
  'content-encoding-refused': no('A compressed body could hide anything, and grow to any size.'),
  'media-type-refused': no('The operation declares other media types, or the Content-Type cannot be read.'),
  'digest-mismatch': no(
    'The bytes that arrived are not those that were sent, or Content-Digest names no algorithm that counts.',
  ),
  'body-malformed': no('The body is not JSON, or JSON that two readers would read differently.'),
  'request-invalid': no('A parameter or the body breaks its schema, is not described, or is missing.'),
  'field-not-granted': no(
    'The body fits the operation, but the agreement does not grant the field. It is refused, not left out: else the provider would see another request than the caller sent.',
  ),
  'audit-unavailable': no(
    'The log cannot be written, and what cannot be recorded does not happen.',
    'none: that is what failed.',
  ),
  'response-unrecorded': {
    means: 'The provider has answered, and the record that would allow to release its answer cannot be written.',
    forwarded: YES,
    recorded: '`request`; an `unresolved` follows when the lane is sealed.',
  },
  'clock-unreliable': no(
    'The clock of the gateway and that of its database are more than 10 seconds apart. No record, answer or token is signed at a time that nobody knows.',
    'none: nothing is signed at that time. It is counted in the metrics.',
  ),
  unwitnessed: {
    means:
      'The witnesses of the log have not cosigned it for too long, or one of them holds another log than the one that is here. An answer on its way at that moment is withheld.',
    forwarded: 'No; an answer that is withheld has `request` on record, and the provider may have acted.',
    recorded: '`refusal`; above a budget per system and second one counted `refusals`.',
  },
  'policy-unavailable': no(
    'A newer revision is there, and it cannot be loaded or does not verify; or the service or the agreement changed while this call was on its way.',
  ),
  'provider-unreachable': no('No connection to the provider could be made.', FAULT),
  'provider-untrusted': no('Somebody answered at the address of the provider, but not with its registered key.', FAULT),
  'provider-paused': no(
    'Ten calls in a row failed, or were answered with something that breaks the description. After a pause of five seconds one call may try.',
    FAULT,
  ),
  'provider-failed': {
    means: 'The connection to the provider broke before its answer was whole.',
    forwarded: MAYBE,
    recorded: FAULT,
  },
  'provider-timeout': {
    means: 'The answer was not whole within the deadline of the service.',
    forwarded: MAYBE,
    recorded: FAULT,
  },
  'response-invalid': {
    means:
      'The status, media type, size, label or content of the answer is not what the operation describes. The reason stands in the record. It counts against the provider like a failure, but for a label.',
    forwarded: YES,
    recorded: WITHHELD,
  },
  'exchange-not-found': no(
    'There is no exchange of that id, or it is one of other systems.',
    'none: it is a question about records.',
  ),
  'evidence-pending': no(
    'An evidence pack was asked for, and the control lane has not named the newest records, their revision, or the key that signs packs. It does so every five seconds; longer only while nobody writes it.',
    'in the control lane, `officer` with outcome `refused` where an officer asked; else none.',
  ),
  'log-not-found': no(
    'There is no lane of that name, no such list, or no tile of that name: its path is not written as C2SP tlog-tiles writes it, or the lane is not that long (yet).',
    'none; where records were asked for, a `read` in the control lane.',
  ),
  'officer-unknown': no(
    'A call to the office listener with a certificate that is good, but of no officer: a system of ours, a key that no change has bound, an issuer that may not name officers, or another name than the one the key is bound to. They look alike.',
    'counted `tls-failure` with the fingerprint of the certificate.',
  ),
  'officer-disabled': no('The officer is known, and an approved change has disabled it.', ACT),
  'officer-idle': no('The officer has neither called nor acted for 45 days.', ACT),
  'officer-rate-exceeded': no(
    'More than 600 calls a minute, or 6 at the same time, of one officer at one office process. No body has been read.',
    'one counted `refusals` per officer and second.',
  ),
  'origin-refused': no(
    'A browser made this call from a page that is not ours: another `Origin` than the one in the genesis, another site in `Sec-Fetch-Site`, or a call that changes something without `Origin`.',
    ACT,
  ),
  'session-required': no(
    'A browser wants to change something, or the officer has a second factor, and there is no session: none was opened, it is over, or it belongs to another certificate (then it has ended, and a second `officer` record names whose it was).',
    ACT,
  ),
  'sign-in-refused': no('What the authenticator signed opens no session: `detail` says why.', ACT),
  'not-entitled': no(
    'The roles or units of the officer do not cover this: an operation of the API, an object of the change, or the approval of an own change.',
    ACT,
  ),
  'not-found': no('There is no such change, revision, object or path, or none that this officer may see.', ACT),
  'precondition-required': no(
    'An act on a change came without If-Match (RFC 6585 section 3): it would act on a version that nobody has read.',
    ACT,
  ),
  'change-stale': no('If-Match names another version than the newest: somebody else acted meanwhile.', ACT),
  'change-state': no('The change is applied, rejected, withdrawn or superseded, not signed yet, or not due yet.', ACT),
  'alert-state': no('The alert ends by itself, was reviewed before, or is about what this officer signed.', ACT),
  'change-conflict': no(
    'An edit names the digest of an object that is not there in this form any more. Nothing is ever merged silently.',
    ACT,
  ),
  'change-invalid': no(
    'The configuration that the change makes does not parse, or a description does not pass the lint.',
    ACT,
  ),
  'change-signature-invalid': no(
    'The JWS or the WebAuthn assertion was made with another key, over another change or version, for another verdict or origin, or without user verification.',
    ACT,
  ),
  'idempotency-conflict': no('Within 24 hours the same officer sent another request under this Idempotency-Key.', ACT),
  'caller-gone': {
    means: 'The connection of the caller closed before the answer was out. Stands in records only.',
    forwarded: 'As far as the records say.',
    recorded: '`undelivered`, behind the `request` and `response` that were written before.',
  },
  internal: {
    means: 'Something broke that nobody foresaw. Its text is in the operations log only.',
    forwarded: 'Perhaps: see `/exchanges/{id}`.',
    recorded: '`fault`.',
  },
} as const satisfies Record<ProblemCode, Meaning>

import { digestOf } from '../domain/digest.ts'
import { type Instant, instantOfMillis, minuteOf } from '../domain/instant.ts'
import {
  checkMessageSignature,
  type HoldingSignature,
  isInForce,
} from '../identity/message-signature/check-message-signature.ts'
import { refusals, type SignatureRefusal } from '../identity/message-signature/refusal.ts'
import { requestMessage } from '../identity/message-signature/request-values.ts'
import { Fault } from '../problems/fault.ts'
import { commitmentKey } from '../record/commitment.ts'
import { sealSignature } from '../record/seal-signature.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { type Admitted, type CheckedSignature, type Permitted, type Received, refuse, type Refused } from './known.ts'
import type { Ports } from './ports.ts'

/** The refusal where the agreement demands a signature and none came; before the body is read. */
export function missesSignature({ permit, headers }: Pick<Permitted, 'permit' | 'headers'>): Refused | null {
  return permit.agreement.signature === 'required' && !headers.signed ? refuse({ code: 'signature-missing' }) : null
}

/**
 * The caller's message signature, over a body whose digest was checked. Under `none` what came is not looked at and goes no further;
 * under `optional` one that came has to hold. The nonce is taken last, so that nobody can take those of others, and it is durable
 * before anything is recorded.
 */
export async function checkSignature(
  admitted: Admitted,
  body: Uint8Array,
  ports: Ports,
): Promise<{ readonly signature: CheckedSignature | null } | Refused> {
  if (admitted.permit.agreement.signature === 'none' || !admitted.headers.signed) return { signature: null }
  const message = requestMessage(admitted.method, admitted.rawTarget, admitted.rawHeaders)
  const request = { message, hasBody: body.length > 0, consumer: admitted.consumer.id }
  const checked = checkMessageSignature(request, admitted.snapshot, admitted.at)
  if (!checked.ok) return invalid(checked.error)
  const { claimed, key } = checked.value
  const nonce = digestOf(`${key.id} ${claimed.nonce}`)
  if ((await claim(nonce, instantOfMillis(claimed.expires * 1000), ports)) === 'replayed')
    return refuse({ code: 'signature-replayed' })
  return {
    signature: {
      record: {
        key: key.id,
        alg: key.algorithm,
        created: claimed.created,
        nonce,
        sealed: seal(admitted, checked.value, ports),
      },
      message,
      label: claimed.label,
    },
  }
}

/**
 * Under a newer snapshot than the one that the signature was checked under: whether the agreement is still content with what was
 * checked then, and the key still the caller's. Null: it is.
 */
export function checkSignatureAgain(
  { permit, headers, signature, consumer }: Received,
  snapshot: Snapshot,
  at: Instant,
): Refused | null {
  if (signature !== null) {
    const key = snapshot.signingKey(signature.record.key)
    return key?.system === consumer.id && isInForce(key, minuteOf(at)) ? null : invalid('unknown-key')
  }
  if (permit.agreement.signature === 'none') return null
  // A signature came while the agreement asked for none: it would have to be checked now, and the caller can send again.
  return headers.signed
    ? refuse({ code: 'policy-unavailable' }, { detail: 'agreement-changed' })
    : missesSignature({ permit, headers })
}

const invalid = (why: SignatureRefusal): Refused =>
  refuse({ code: 'signature-invalid', detail: refusals[why] }, { detail: why })

async function claim(nonce: ReturnType<typeof digestOf>, expires: Instant, ports: Ports) {
  try {
    return await ports.nonces.claim(nonce, expires)
  } catch (cause) {
    throw new Fault('audit-unavailable', 'the nonce of a message signature could not be written', cause)
  }
}

function seal({ exchange }: Admitted, { base, claimed }: HoldingSignature, ports: Ports): string {
  const k = commitmentKey(ports.evidenceKey, exchange, 'request')
  return sealSignature(k, { base, signature: Buffer.from(claimed.signature).toString('base64') })
}

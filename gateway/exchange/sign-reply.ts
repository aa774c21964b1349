import { signAnswer } from '../identity/message-signature/sign-answer.ts'
import type { Known } from './known.ts'
import type { Ports } from './ports.ts'
import type { Reply } from './reply.ts'

const MICROS_PER_SECOND = 1_000_000

/**
 * The reply with a signature of the gateway, bound to the request, where the request was signed; else as it is. Made last: it covers
 * the receipt, so no record can hold it. Throws where the key cannot be reached.
 */
export async function signReply(reply: Reply, { signature }: Known, ports: Ports): Promise<Reply> {
  if (!signature) return reply
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < reply.headers.length; i += 2) fields.set(reply.headers[i] ?? '', reply.headers[i + 1] ?? '')
  const { message: request, label } = signature
  const answer = { status: reply.status, fields, request, label }
  const created = Math.floor(ports.clock.now() / MICROS_PER_SECOND)
  const [input, signed] = await signAnswer(answer, ports.answerKeys.current('answers'), created)
  return { ...reply, headers: [...reply.headers, 'signature-input', input, 'signature', signed] }
}

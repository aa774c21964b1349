import { err, ok, type Result } from './result.ts'

/** Labels of data, from the lowest to the highest. */
export const CLASSIFICATIONS = ['public', 'internal', 'restricted'] as const
export type Classification = (typeof CLASSIFICATIONS)[number]

/** Law 117/2025 on state secrets: such data may not be on a networked machine. Known only to be refused. */
export const STATE_SECRETS = ['mat', 'toi-mat', 'tuyet-mat'] as const

export function isStateSecret(label: string): boolean {
  return (STATE_SECRETS as readonly string[]).includes(label)
}

export function parseClassification(text: string): Result<Classification> {
  return (CLASSIFICATIONS as readonly string[]).includes(text)
    ? ok(text as Classification)
    : err(`a classification is one of ${CLASSIFICATIONS.join(', ')}`)
}

const rank = { public: 0, internal: 1, restricted: 2 } as const satisfies Record<Classification, number>

/** Whether data labelled `a` may go where at most `b` may go. */
export const isAtMost = (a: Classification, b: Classification): boolean => rank[a] <= rank[b]
export const higherOf = (a: Classification, b: Classification): Classification => (rank[a] >= rank[b] ? a : b)

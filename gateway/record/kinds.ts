/** What a record can be about. Lanes of gateway processes hold the first list, the control lane the second. */
export const EXCHANGE_KINDS = ['request', 'response', 'refusal', 'fault', 'undelivered'] as const
export type ExchangeKind = (typeof EXCHANGE_KINDS)[number]

/** Counted instead of recorded one by one, so that nobody can fill the log. */
export const COUNTED_KINDS = ['tls-failure', 'refusals'] as const
export type CountedKind = (typeof COUNTED_KINDS)[number]

export const CONTROL_KINDS = [
  'revision',
  'officer',
  'key',
  'lane',
  'heads',
  'read',
  'system',
  'unresolved',
  'alert',
] as const
export type ControlKind = (typeof CONTROL_KINDS)[number]

export type Kind = ExchangeKind | CountedKind | ControlKind

/**
 * Whether a record of this kind is the last word on its exchange. A `request` that no such record follows is open;
 * when its lane is sealed it becomes `unresolved`.
 */
export const closesExchange = {
  request: false,
  response: true,
  refusal: true,
  fault: true,
  undelivered: true,
} as const satisfies Record<ExchangeKind, boolean>

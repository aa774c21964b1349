import type { ControlEvent, RecordedKey } from '../record/control-record.ts'
import { type StoredRecord, textOf } from '../record/read-leaf.ts'

/** A key of the gateway and how far it has come. */
export interface KnownKey extends RecordedKey {
  readonly state: 'next' | 'current' | 'previous' | 'retired'
}

type KeyEvent = Extract<ControlEvent, { kind: 'key' }>

/** In this order a key goes through its states. */
const EVENTS_OF = {
  next: ['registered'],
  current: ['registered', 'activated'],
  previous: ['registered', 'activated'],
  retired: ['registered', 'activated', 'retired'],
} as const satisfies Record<KnownKey['state'], readonly KeyEvent['event'][]>

/** What the control lane has recorded of keys, and what is to be recorded next. */
export class KeyBook {
  readonly #recorded = new Set<string>()

  /** Takes a record of the lane, read back or just written. */
  remember(record: Pick<StoredRecord, 'kind' | 'fields' | 'at'>): void {
    if (record.kind !== 'key') return
    this.#recorded.add([textOf(record, 'event'), textOf(record, 'use'), textOf(record, 'key')].join(' '))
  }

  note({ event, use, key }: Pick<KeyEvent, 'event' | 'use' | 'key'>): void {
    this.#recorded.add([event, use, key].join(' '))
  }

  /** The events of these keys that are not recorded yet. The lane's own key is activated by handing the lane over, not here. */
  missing(keys: readonly KnownKey[]): readonly KeyEvent[] {
    return keys.flatMap(({ state, ...key }) =>
      EVENTS_OF[state]
        .filter(event => event !== 'activated' || key.use !== 'control-lane')
        .filter(event => !this.#recorded.has([event, key.use, key.key].join(' ')))
        .map(event => ({ kind: 'key' as const, event, ...key })),
    )
  }
}

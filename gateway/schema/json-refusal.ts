/** Why bytes are not the strict JSON that the gateway exchanges. Says where (RFC 6901), and never what stood there. */
export interface JsonRefusal {
  readonly reason:
    | 'not-utf8'
    | 'syntax'
    | 'duplicate-key'
    | 'forbidden-key'
    | 'too-deep'
    | 'unsafe-number'
    | 'lone-surrogate'
    | 'empty'
  /** Absent where no place is known. Cleaned and capped (`cleanPointer`). */
  readonly pointer?: string
}

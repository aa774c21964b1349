/** One message of the PostgreSQL protocol (version 3.0, "Message Formats"), as it travels. */
export interface Frame {
  /** `B` Bind, `S` Sync, `Z` ReadyForQuery …; empty for the first message of a client, which has no type. */
  readonly type: string
  readonly bytes: Buffer
}

/** Cuts one direction of a connection into messages. */
export function frameReader(hasStartup: boolean): (chunk: Buffer) => readonly Frame[] {
  let rest = Buffer.alloc(0)
  let startup = hasStartup
  return chunk => {
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      const typeBytes = startup ? 0 : 1
      if (rest.length < typeBytes + 4) return frames
      // The length counts itself and not the type.
      const end = typeBytes + rest.readUInt32BE(typeBytes)
      if (rest.length < end) return frames
      frames.push({ type: rest.toString('latin1', 0, typeBytes), bytes: rest.subarray(0, end) })
      rest = rest.subarray(end)
      startup = false
    }
  }
}

/** Whether this is the Bind of a batch of records: its statement is named `commit` (gateway/edge/postgres/commit-statement.ts). */
export const isCommit = ({ type, bytes }: Frame): boolean =>
  type === 'B' && bytes.subarray(5, 13).equals(Buffer.from('\0commit\0'))

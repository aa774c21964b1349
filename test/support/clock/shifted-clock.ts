import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ShiftedClock {
  /** For the process whose clock is to be wrong. */
  readonly environment: Record<string, string>
  /** From now on its clock is ahead by so much. */
  shift(millis: number): void
  close(): void
}

/** Compiles the shim: Linux, with a C compiler. */
export function shiftedClock(): ShiftedClock {
  const directory = mkdtempSync(join(tmpdir(), 'lienthong-clock-'))
  const library = join(directory, 'shift-clock.so')
  const file = join(directory, 'shift')
  execFileSync(process.env.CC ?? 'cc', [
    '-O1',
    '-shared',
    '-fPIC',
    '-o',
    library,
    join(import.meta.dirname, 'shift-clock.c'),
    '-ldl',
  ])
  writeFileSync(file, Buffer.alloc(8))
  return {
    environment: { LD_PRELOAD: library, SHIFT_CLOCK_FILE: file },
    shift(millis) {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(millis))
      // In its place: the file is mapped.
      const handle = openSync(file, 'r+')
      writeSync(handle, bytes, 0, 8, 0)
      closeSync(handle)
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  }
}

import { EXIT } from '../misuse.ts'

/** Something is wrong with what was handed in: exit code 1, and nothing was made. */
export function refuse(why: string, json: boolean): void {
  if (json) console.log(JSON.stringify({ good: false, reason: why }))
  else console.error(`refused: ${why}`)
  process.exitCode = EXIT.foundWrong
}

/** The result of a command: as JSON, or as lines for people. */
export function report(result: Readonly<Record<string, unknown>>, lines: readonly string[], json: boolean): void {
  console.log(json ? JSON.stringify({ good: true, ...result }) : lines.join('\n'))
}

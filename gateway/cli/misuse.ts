/** The command was called, or its surroundings set up, in a way it cannot work: exit code 2, the message and nothing else. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
}

/** Exit codes of every command: stable. `interrupted` is 128 + SIGINT, as shells say it. */
export const EXIT = { good: 0, foundWrong: 1, misused: 2, interrupted: 130 } as const

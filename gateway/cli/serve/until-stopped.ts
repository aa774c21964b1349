/** A person who means it presses Ctrl-C again; npm passes on the one that its process group has got already. */
const SAME_PRESS_MILLIS = 1_000

/** Resolves at the first SIGINT or SIGTERM; a second one, a moment later, ends the process at once, as a person in a hurry expects. */
export function untilStopped(onSecond: () => void): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let stoppedAt: number | null = null
    const stop = (signal: NodeJS.Signals): void => {
      if (stoppedAt === null) {
        stoppedAt = performance.now()
        return resolve(signal)
      }
      if (performance.now() - stoppedAt < SAME_PRESS_MILLIS) return
      onSecond()
      process.exit(1)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

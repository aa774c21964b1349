/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once, as a person in a hurry expects. */
export function untilStopped(onSecond: () => void): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let stopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) {
        onSecond()
        process.exit(1)
      }
      stopping = true
      resolve(signal)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

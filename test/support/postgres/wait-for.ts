import { setTimeout as sleep } from 'node:timers/promises'

/** Until the condition holds; throws behind the deadline, with what `describe` says then. */
export async function waitFor(
  condition: () => Promise<boolean> | boolean,
  describe: () => string = () => '',
  millis = 30_000,
): Promise<void> {
  const deadline = Date.now() + millis
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come about within ${millis / 1000} s\n${describe()}`)
    await sleep(100)
  }
}

/**
 * Closes one after the other. Whatever fails (a database that has gone, for example), the rest is closed all the same, so that the
 * process can end; then the first failure is thrown.
 */
export async function closeAll(closers: readonly (() => void | Promise<void> | undefined)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers) {
    try {
      await close()
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  if (failures.length > 0) throw failures[0]
}

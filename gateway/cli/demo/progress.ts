/** One line a step, written when it begins and completed when it ends, so that a person sees what is being waited for. */
export function progress(): <T>(name: string, work: () => Promise<T>, describe?: (result: T) => string) => Promise<T> {
  const rewrite = process.stdout.isTTY
  return async (name, work, describe) => {
    const begun = performance.now()
    if (rewrite) process.stdout.write(`  … ${name}`)
    try {
      const result = await work()
      const seconds = ((performance.now() - begun) / 1000).toFixed(1)
      const detail = describe ? describe(result) : typeof result === 'string' ? result : ''
      process.stdout.write(`${rewrite ? '\r' : ''}  ✓ ${name}${detail ? `: ${detail}` : ''} (${seconds} s)\n`)
      return result
    } catch (thrown) {
      process.stdout.write(`${rewrite ? '\r' : ''}  ✗ ${name}\n`)
      throw thrown
    }
  }
}

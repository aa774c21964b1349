/**
 * The instructions of a Dockerfile as they stand, in order: enough of the syntax for ours, and an error for anything else, so that
 * what CI runs is what the Dockerfile says.
 *
 * @typedef {{ readonly name: string, readonly flags: Readonly<Record<string, string>>, readonly text: string }} Instruction
 * @param {string} text
 * @returns {readonly Instruction[]}
 */
export function parseDockerfile(text) {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
    .map(line => {
      const match = /^([A-Z]+)\s+((?:--[\w-]+=\S+\s+)*)(.*)$/.exec(line)
      if (!match) throw new Error(`Dockerfile: cannot read: ${line}`)
      const [, name, flags, rest] = match
      return {
        name,
        flags: Object.fromEntries([...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, key, value]) => [key, value])),
        text: rest,
      }
    })
}

/** The words of the exec form, `["node", "x"]`: the only form that passes signals on. */
export function wordsOf(text) {
  const words = JSON.parse(text)
  if (!Array.isArray(words) || !words.every(word => typeof word === 'string'))
    throw new Error(`Dockerfile: not in exec form: ${text}`)
  return words
}

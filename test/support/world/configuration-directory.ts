import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Texts of a configuration directory by relative path. */
export type ConfigurationFiles = Map<string, string>

/** The demo world's configuration, to be changed by a test. */
export function demoFiles(): ConfigurationFiles {
  const root = join(import.meta.dirname, '../../../deploy/demo')
  return new Map(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(name => statSync(join(root, name)).isFile())
      .map(name => [relative('.', name), readFileSync(join(root, name), 'utf8')]),
  )
}

export function writeFiles(directory: string, files: ConfigurationFiles): void {
  for (const [name, text] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
}

/** Replaces a text that has to be there: a test that changes nothing would prove nothing. */
export function change(files: ConfigurationFiles, name: string, from: string, to: string): void {
  const text = files.get(name)
  if (!text?.includes(from)) throw new Error(`${name} does not hold ${from}`)
  files.set(name, text.replaceAll(from, to))
}

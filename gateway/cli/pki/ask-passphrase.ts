import { statSync } from 'node:fs'
import { Misuse } from '../misuse.ts'
import { readText } from './read-text.ts'

/** NIST SP 800-63B-4 section 3.1.1.2 asks for 15 where nothing else protects. */
const MIN_CHARACTERS = 15

export interface Asking {
  /** What it opens, for the prompt: `the root's key`. */
  readonly of: string
  /** File that holds it; undefined: ask at the terminal. */
  readonly file: string | undefined
  /** The option that names such a file, for messages. */
  readonly option: string
  /** A new one is asked for twice, and has a least length. */
  readonly isNew: boolean
}

/**
 * A passphrase from a file or from the terminal: never an argument or a variable, which other users and core dumps see.
 * Throws Misuse where there is none to be had.
 */
export async function askPassphrase(asking: Asking): Promise<string> {
  const passphrase = asking.file === undefined ? await prompt(asking) : fromFile(asking.file, asking.option)
  if (asking.isNew && [...passphrase].length < MIN_CHARACTERS)
    throw new Misuse(`the passphrase of ${asking.of} needs at least ${MIN_CHARACTERS} characters`)
  return passphrase
}

/** Without the newline that editors put at the end. */
function fromFile(path: string, option: string): string {
  const text = readText(path, option).replace(/\r?\n$/, '')
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Misuse(`${option}: ${path} can be read by others: chmod 600 ${path}`)
  if (text === '' || text.includes('\n')) throw new Misuse(`${option}: ${path} must hold one line`)
  return text
}

async function prompt({ of, option, isNew }: Asking): Promise<string> {
  if (!process.stdin.isTTY) throw new Misuse(`there is no terminal to ask for the passphrase of ${of}: use ${option}`)
  const first = await readHidden(`Passphrase of ${of}: `)
  if (isNew && (await readHidden('Once more: ')) !== first) throw new Misuse('the two passphrases differ')
  return first
}

const ENTER = /[\r\n]/
const CTRL_C = '\u0003'
const ERASE = new Set(['\u007f', '\b'])

/** One line from the terminal, not shown. */
function readHidden(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8').resume()
  return new Promise((resolve, reject) => {
    let line: string[] = []
    const end = (): void => {
      stdin.off('data', onData).setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const onData = (typed: string): void => {
      for (const character of typed) {
        if (character === CTRL_C) {
          end()
          return reject(new Misuse('stopped'))
        }
        if (ENTER.test(character)) {
          end()
          return resolve(line.join(''))
        }
        line = ERASE.has(character) ? line.slice(0, -1) : [...line, character]
      }
    }
    stdin.on('data', onData)
  })
}

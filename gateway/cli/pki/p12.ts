import { Command } from 'commander'
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import { decryptPrivateKey } from '../../pki/encrypted-key.ts'
import { makePkcs12 } from '../../pki/make-pkcs12.ts'
import { blocksOf } from '../../pki/pem.ts'
import { readSubject } from '../../pki/subject.ts'
import { Misuse } from '../misuse.ts'
import { askPassphrase } from './ask-passphrase.ts'
import { jsonOption, passphraseOption } from './options.ts'
import { readText } from './read-text.ts'
import { refuse, report } from './refuse.ts'
import { PRIVATE, writeOnce } from './write-whole.ts'

interface Flags {
  readonly key: string
  readonly certificate: string
  readonly out: string
  readonly name?: string
  readonly passphraseFile?: string
  readonly keyPassphraseFile?: string
  readonly json?: true
}

export const p12Command = (): Command =>
  new Command('p12')
    .description('Puts a key and its certificate into one PKCS#12 file, for browsers and other systems')
    .requiredOption('--key <file>', 'private key, PEM')
    .requiredOption('--certificate <file>', 'certificate and those above it, PEM')
    .requiredOption('--out <file>', 'where to write it; a file that is there is not replaced')
    .option('--name <text>', 'what an import dialog shows; the common name unless told')
    .addOption(passphraseOption('the file that is made'))
    .option('--key-passphrase-file <file>', 'one line: the passphrase of an encrypted private key')
    .addOption(jsonOption())
    .action(async (flags: Flags) => {
      const chain = blocksOf('CERTIFICATE', readText(flags.certificate, '--certificate'))
      const [certificate, ...above] = chain
      if (certificate === undefined) return refuse(`${flags.certificate} holds no PEM certificate`, flags.json === true)
      const key = await readKey(flags)
      const passphrase = await askPassphrase({
        of: 'the PKCS#12 file',
        file: flags.passphraseFile,
        option: '--passphrase-file',
        isNew: true,
      })
      const name = flags.name ?? readSubject(certificate).commonName
      const content = pack(key, certificate, above, passphrase, name)
      if (content === null) return refuse('the certificate is for another key', flags.json === true)
      if (!writeOnce(resolve(flags.out), content, PRIVATE)) throw new Misuse(`${flags.out} exists already`)
      report({ file: flags.out, certificates: chain.length }, [`${flags.out}: ${name}`], flags.json === true)
    })

function pack(key: KeyObject, certificate: string, above: readonly string[], passphrase: string, name: string) {
  try {
    return makePkcs12(key, certificate, above, passphrase, name)
  } catch (thrown) {
    if (thrown instanceof TypeError) return null
    throw thrown
  }
}

async function readKey({ key: path, keyPassphraseFile: file }: Flags): Promise<KeyObject> {
  const pem = readText(path, '--key')
  if (!pem.includes('ENCRYPTED')) {
    try {
      return createPrivateKey(pem)
    } catch {
      throw new Misuse(`--key: ${path} is no private key in PEM`)
    }
  }
  const passphrase = await askPassphrase({ of: path, file, option: '--key-passphrase-file', isNew: false })
  const key = decryptPrivateKey(pem, passphrase)
  if (!key.ok) throw new Misuse(`--key: ${path}: ${key.error}`)
  return key.value
}

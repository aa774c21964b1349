import { createPrivateKey } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { must } from '../../gateway/domain/result.ts'
import { parseCheckpoint } from '../../gateway/log/checkpoint.ts'
import { formatVerifierKey, parseVerifierKey, rawPublicKey } from '../../gateway/log/note-key.ts'
import { ed25519Signer, openNote, parseNote, signNote } from '../../gateway/log/signed-note.ts'

// https://cs.opensource.google/go/x/mod/+/master:sumdb/note/note_test.go
const PETER_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const PETER_SECRET = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const ENOCH_KEY = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop'
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const PETER_SIG =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n'
const ENOCH_SIG =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n'

// https://c2sp.org/signed-note, the example of the introduction
const QUASIMODO = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`

// https://c2sp.org/tlog-checkpoint, the example of the introduction
const BEHIND_THE_SOFA = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

const peter = must(parseVerifierKey(PETER_KEY))
const enoch = must(parseVerifierKey(ENOCH_KEY))

describe("PeterNeumann's note", () => {
  const seed = Buffer.from(PETER_SECRET.split('+').slice(4).join('+'), 'base64').subarray(1)
  // RFC 8410 section 7: PKCS#8 of an Ed25519 seed
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })

  it('is signed byte for byte', () => {
    expect(signNote(TEXT, [ed25519Signer('PeterNeumann', privateKey)])).toBe(`${TEXT}\n${PETER_SIG}`)
  })

  it('has the published key string', () => {
    expect(formatVerifierKey('PeterNeumann', rawPublicKey(privateKey))).toBe(PETER_KEY)
  })

  it.each([
    ['one known of two', `${TEXT}\n${PETER_SIG}${ENOCH_SIG}`, [peter], ['PeterNeumann']],
    ['both known', `${TEXT}\n${PETER_SIG}${ENOCH_SIG}`, [peter, enoch], ['PeterNeumann', 'EnochRoot']],
    ['none known', `${TEXT}\n${PETER_SIG}${ENOCH_SIG}`, [], null],
    ['a known one twice', `${TEXT}\n${PETER_SIG}${PETER_SIG}`, [peter], ['PeterNeumann']],
    ['too many', `${TEXT}\n${PETER_SIG.repeat(101)}`, [peter], null],
    [
      'a known key whose signature is wrong',
      `${TEXT}\n${PETER_SIG.slice(0, 60)}ABCD${PETER_SIG.slice(60)}`,
      [peter],
      null,
    ],
    [
      'a known signature under another name',
      `${TEXT}\n${PETER_SIG.replace('PeterNeumann', 'CarmenSandiego')}`,
      [peter],
      null,
    ],
    ['a known signature under another key id', `${TEXT}\n${PETER_SIG.replace('x08g', 'xxxx')}`, [peter], null],
  ])('opened with %s', (_, note, keys, signedBy) => {
    const opened = openNote(note, keys)
    expect(opened.ok ? opened.value.signedBy : null).toEqual(signedBy)
    if (opened.ok) expect(opened.value.text).toBe(TEXT)
  })

  it.each([
    ['no signatures', TEXT],
    ['no signature line', `${TEXT}\n`],
    ['no last newline', `${TEXT}\n${PETER_SIG.slice(0, -1)}`],
    ['a control character', `\u0001${TEXT}\n${PETER_SIG}`],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.of(0xff), Buffer.from(`${TEXT}\n${PETER_SIG}`)])],
    ['a name with a space', `${TEXT}\n${PETER_SIG.replace('PeterNeumann', 'Bad Name')}`],
    ['another line behind', `${TEXT}\n${PETER_SIG}Unexpected line.\n`],
  ])('is malformed with %s', (_, note) => {
    expect(parseNote(note).ok).toBe(false)
  })
})

describe("PeterNeumann's verifier key", () => {
  it('is refused when cut anywhere', () => {
    for (let from = 0; from <= PETER_KEY.length; from++) {
      for (let until = from + 1; until <= PETER_KEY.length; until++) {
        if (from > 0 || until < PETER_KEY.length) expect(parseVerifierKey(PETER_KEY.slice(from, until)).ok).toBe(false)
      }
    }
  })

  it('is refused when any byte is one higher', () => {
    for (let at = 0; at < PETER_KEY.length; at++) {
      const bytes = Buffer.from(PETER_KEY)
      bytes[at] = (bytes[at] ?? 0) + 1
      expect(parseVerifierKey(bytes.toString('latin1')).ok).toBe(false)
    }
  })

  it.each([
    [
      'wrong length key, with adjusted key hash',
      'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==',
    ],
    ['unknown algorithm, with adjusted key hash', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
  ])('is refused: %s', (_, key) => {
    expect(parseVerifierKey(key).ok).toBe(false)
  })
})

describe('the examples of C2SP', () => {
  it('reads a note whose text has an empty line', () => {
    const note = must(parseNote(QUASIMODO))
    expect(note.text).toBe(QUASIMODO.slice(0, QUASIMODO.lastIndexOf('\n\n') + 1))
    expect(note.signatures.map(({ name, keyId, signature }) => [name, keyId, signature.length])).toEqual([
      ['quasimodo.example/salvatore', 0x367ba04b, 64],
    ])
  })

  it('reads a checkpoint', () => {
    const checkpoint = must(parseCheckpoint(BEHIND_THE_SOFA))
    expect({ ...checkpoint, root: Buffer.from(checkpoint.root).toString('base64') }).toEqual({
      origin: 'example.com/behind-the-sofa',
      size: 20852163,
      root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
      extensions: [],
    })
  })
})

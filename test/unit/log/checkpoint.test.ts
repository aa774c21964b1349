import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { CONTROL_LANE } from '../../../gateway/domain/gateway-id.ts'
import { must } from '../../../gateway/domain/result.ts'
import {
  formatCheckpoint,
  initialCheckpoint,
  makeCheckpoint,
  originOf,
  parseCheckpointText,
  verifyCheckpoint,
} from '../../../gateway/log/checkpoint.ts'
import { EMPTY_ROOT, hashLeaf } from '../../../gateway/log/hash.ts'
import { ed25519Signer, parseNote, signNote } from '../../../gateway/log/signed-note.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const other = generateKeyPairSync('ed25519')
const origin = originOf(CONTROL_LANE)
const signer = ed25519Signer(origin, privateKey)
const ROOT64 = Buffer.from(EMPTY_ROOT).toString('base64')

describe('a checkpoint of a lane', () => {
  it('is verified with the key of the lane', () => {
    const root = hashLeaf(Buffer.from('x'))
    const read = must(verifyCheckpoint(makeCheckpoint(CONTROL_LANE, 1, root, signer), CONTROL_LANE, publicKey))
    expect([read.origin, read.size, Buffer.from(read.root).equals(root), read.extensions]).toEqual([
      'lienthong/control',
      1,
      true,
      [],
    ])
  })

  it('begins empty', () => {
    expect(must(verifyCheckpoint(initialCheckpoint(CONTROL_LANE, signer), CONTROL_LANE, publicKey)).size).toBe(0)
  })

  it.each([
    ['another key', signNote(`${origin}\n0\n${ROOT64}\n`, [ed25519Signer(origin, other.privateKey)])],
    ['another origin under the same key', signNote(`lienthong/other\n0\n${ROOT64}\n`, [signer])],
    ['another name for the key', signNote(`${origin}\n0\n${ROOT64}\n`, [ed25519Signer('witness', privateKey)])],
    ['a text that is no checkpoint', signNote('hello\n', [signer])],
    ['no signature', `${origin}\n0\n${ROOT64}\n`],
    ['a changed size', initialCheckpoint(CONTROL_LANE, signer).replace('\n0\n', '\n1\n')],
    ['too many bytes', signNote(`${origin}\n0\n${ROOT64}\n${'x'.repeat(200_000)}\n`, [signer])],
  ])('is refused with %s', (_, note) => {
    expect(verifyCheckpoint(note, CONTROL_LANE, publicKey).ok).toBe(false)
  })

  it('keeps its own signature beside those of strangers', () => {
    const note = initialCheckpoint(CONTROL_LANE, signer)
    const strangers = `${note}— witness.example ${Buffer.alloc(80, 1).toString('base64')}\n`
    expect(must(parseNote(strangers)).signatures).toHaveLength(2)
    expect(verifyCheckpoint(strangers, CONTROL_LANE, publicKey).ok).toBe(true)
  })

  it('is only signed by a signer that is named after the lane', () => {
    expect(() => makeCheckpoint(CONTROL_LANE, 0, EMPTY_ROOT, ed25519Signer('x', privateKey))).toThrow(/is named/)
  })

  it('is only signed with Ed25519', () => {
    const { privateKey: rsa } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => ed25519Signer(origin, rsa)).toThrow(/Ed25519/)
  })
})

describe('parseCheckpointText', () => {
  it.each([
    ['extension lines', `o\n7\n${ROOT64}\na\nb\n`],
    ['the largest size', `o\n9007199254740991\n${ROOT64}\n`],
  ])('reads %s and writes them back', (_, text) => {
    expect(formatCheckpoint(must(parseCheckpointText(text)))).toBe(text)
  })

  it.each([
    ['two lines', 'o\n0\n'],
    ['no origin', `\n0\n${ROOT64}\n`],
    ['no last newline', `o\n0\n${ROOT64}`],
    ['a leading zero', `o\n00\n${ROOT64}\n`],
    ['a sign', `o\n+1\n${ROOT64}\n`],
    ['a negative size', `o\n-1\n${ROOT64}\n`],
    ['an exponent', `o\n1e3\n${ROOT64}\n`],
    ['no size', `o\n\n${ROOT64}\n`],
    ['2^53', `o\n9007199254740992\n${ROOT64}\n`],
    ['a short root', `o\n0\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root without padding', `o\n0\n${ROOT64.slice(0, -1)}\n`],
    ['a root in another alphabet', `o\n0\n${ROOT64.replace('/', '_')}\n`],
    ['a root with loose last bits', `o\n0\n${ROOT64.slice(0, -2)}V=\n`],
    ['an empty extension line', `o\n0\n${ROOT64}\n\nx\n`],
  ])('refuses %s', (_, text) => {
    expect(parseCheckpointText(text).ok).toBe(false)
  })
})

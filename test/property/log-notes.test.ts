import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CONTROL_LANE } from '../../gateway/domain/gateway-id.ts'
import { must } from '../../gateway/domain/result.ts'
import { makeCheckpoint, originOf, parseCheckpoint, verifyCheckpoint } from '../../gateway/log/checkpoint.ts'
import { formatVerifierKey, parseVerifierKey } from '../../gateway/log/note-key.ts'
import { ed25519Signer, openNote, parseNote, signNote } from '../../gateway/log/signed-note.ts'
import { formatTilePath, parseTilePath, type TileName } from '../../gateway/log/tiles.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const signer = ed25519Signer(originOf(CONTROL_LANE), privateKey)
const root = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('checkpoints', () => {
  it('verify as they were made, and not after any byte has changed', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), root, fc.nat(), fc.integer({ min: 1, max: 255 }), (size, hash, where, flip) => {
        const note = Buffer.from(makeCheckpoint(CONTROL_LANE, size, hash, signer))
        const read = must(verifyCheckpoint(note, CONTROL_LANE, publicKey))
        expect([read.size, Buffer.compare(read.root, hash)]).toEqual([size, 0])
        note[where % note.length] = (note[where % note.length] ?? 0) ^ flip
        expect(verifyCheckpoint(note, CONTROL_LANE, publicKey).ok).toBe(false)
      }),
    )
  })

  it('never throw for what an attacker sends', () => {
    const piece = fc.oneof(fc.constantFrom('\n', '\n\n', '— ', '0', 'a', ' AAAAAAA=\n'), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(fc.array(piece), fc.uint8Array(), (pieces, bytes) => {
        parseCheckpoint(pieces.join(''))
        parseCheckpoint(bytes)
        expect(openNote(pieces.join(''), [])).toMatchObject({ ok: false })
      }),
    )
  })
})

describe('notes', () => {
  it('give back any text that they can hold', () => {
    const text = fc.string({ unit: 'grapheme' }).filter(line => !/[\u0000-\u001f]|\p{Surrogate}/u.test(line))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), lines => {
        const body = `${lines.join('\n')}\n`
        expect(must(parseNote(signNote(body, [signer, signer]))).text).toBe(body)
      }),
    )
  })

  it('have keys that can be told as text', () => {
    fc.assert(
      fc.property(
        fc.string().filter(name => /^[!-*,-~]+$/.test(name)),
        root,
        (name, key) => {
          const text = formatVerifierKey(name, key)
          expect(must(parseVerifierKey(text)).name).toBe(name)
        },
      ),
    )
  })
})

describe('tile paths', () => {
  it('come back as they went in', () => {
    const width = fc.integer({ min: 1, max: 256 })
    const tile: fc.Arbitrary<TileName> = fc.oneof(
      fc.record({ kind: fc.constant('hashes' as const), level: fc.nat({ max: 63 }), index: fc.maxSafeNat(), width }),
      fc.record({ kind: fc.constant('entries' as const), index: fc.maxSafeNat(), width }),
    )
    fc.assert(fc.property(tile, name => expect(parseTilePath(formatTilePath(name))).toEqual({ ok: true, value: name })))
  })

  it('have one spelling each', () => {
    const part = fc.constantFrom(
      'tile',
      'entries',
      '/',
      '0',
      '1',
      '000',
      '001',
      '234',
      'x',
      'x000',
      'x001',
      '.p/',
      '255',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), parts => {
        const path = `tile/0/${parts.join('')}`
        const read = parseTilePath(path)
        if (read.ok) expect(formatTilePath(read.value)).toBe(path)
      }),
    )
  })
})

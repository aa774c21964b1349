import { describe, expect, it } from '@jest/globals'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { must } from '../../gateway/domain/result.ts'
import { encodeBase64 } from '../../gateway/log/base64.ts'
import {
  formatCosignerKey,
  makeCosignature,
  parseCosignerKey,
  verifyCosignature,
} from '../../gateway/log/cosignature.ts'
import { parseNote } from '../../gateway/log/signed-note.ts'
import { formatSubmission, parseSubmission } from '../../gateway/log/witness.ts'

// https://c2sp.org/tlog-cosignature, the example of the introduction
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`

// https://c2sp.org/tlog-witness, "add-checkpoint", the example of a request
const REQUEST = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`

// RFC 8032 section 7.1, TEST 1
const SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const PUBLIC = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
// RFC 8410 section 7: PKCS#8 of an Ed25519 seed
const privateKey = createPrivateKey({
  key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'),
  format: 'der',
  type: 'pkcs8',
})

describe('C2SP tlog-cosignature', () => {
  it('its example has the form that it describes: a key id, eight bytes of time, and a signature', () => {
    const note = must(parseNote(COSIGNED))
    const [, line] = note.signatures
    const bytes = Buffer.from(line?.signature ?? [])
    expect([line?.name, line?.keyId, bytes.length]).toEqual(['witness.example.com/w1', 0x8d66cf3f, 72])
    // "time 1679315147" in the example of the signed message.
    expect(Number(bytes.readBigUInt64BE(0))).toBe(1679315147)
  })

  it('the key is written with the type 04, and the id is that of name, type and key', () => {
    const written = formatCosignerKey('witness.example.com/w1', createPublicKey(privateKey))
    const [name, id, ...encoded] = written.split('+')
    expect([name, id]).toEqual([
      'witness.example.com/w1',
      must(parseCosignerKey(written)).keyId.toString(16).padStart(8, '0'),
    ])
    expect(encoded.join('+')).toBe(encodeBase64(Buffer.from(`04${PUBLIC}`, 'hex')))
  })

  it('what is cosigned verifies, and nothing of it can be changed', () => {
    const text = COSIGNED.slice(0, COSIGNED.indexOf('\n\n') + 1)
    const verifier = must(parseCosignerKey(formatCosignerKey('w', createPublicKey(privateKey))))
    const line = makeCosignature(text, 1679315147, 'w', privateKey)
    const cosigned = must(verifyCosignature(`${COSIGNED}${line}`, verifier))
    expect(cosigned).toMatchObject({ time: 1679315147, line, checkpoint: { size: 20852163 } })
    expect(verifyCosignature(COSIGNED, verifier).ok).toBe(false)
    expect(verifyCosignature(`${COSIGNED.replace('20852163', '20852164')}${line}`, verifier).ok).toBe(false)
    const later = Buffer.from(line.slice(4), 'base64')
    later.writeUInt8((later[11] ?? 0) ^ 1, 11)
    expect(verifyCosignature(`${COSIGNED}\u2014 w ${encodeBase64(later)}\n`, verifier).ok).toBe(false)
  })

  it('of two lines of one witness the newer counts', () => {
    const text = COSIGNED.slice(0, COSIGNED.indexOf('\n\n') + 1)
    const verifier = must(parseCosignerKey(formatCosignerKey('w', createPublicKey(privateKey))))
    const [old, newer] = [5, 9].map(time => makeCosignature(text, time, 'w', privateKey))
    expect(must(verifyCosignature(`${COSIGNED}${newer}${old}`, verifier)).time).toBe(9)
  })
})

describe('C2SP tlog-witness', () => {
  it('its example is read, and written again byte for byte', () => {
    const { oldSize, proof, note, checkpoint } = must(parseSubmission(Buffer.from(REQUEST)))
    expect([oldSize, proof.length, checkpoint.size]).toEqual([20852014, 4, 20852163])
    expect(formatSubmission(oldSize, proof, note)).toBe(REQUEST)
  })
})

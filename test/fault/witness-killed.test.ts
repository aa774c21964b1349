import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '../../gateway/domain/result.ts'
import { parseCosignerKey, verifyCosignature } from '../../gateway/log/cosignature.ts'
import { idOf } from '../../gateway/edge/witness/witness-directory.ts'
import { seededRandom } from '../support/fault/random.ts'
import { eventually } from '../support/refusals/scene.ts'
import { ORIGIN, TestLog } from '../support/witness/test-log.ts'
import { startWitness, type WitnessProcess } from '../support/witness/witness-process.ts'

const KILLS = 10
const log = new TestLog(2_000)
const fork = new TestLog(2_000, 1, log.signer)

/** A witness that forgot would cosign an older tree, or another one: that is all that it is for. */
describe('a witness killed while it cosigns', () => {
  let directory: string
  let witness: WitnessProcess
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lienthong-witness-'))
    witness = await startWitness({ directory: join(directory, 'w'), name: 'w.example', tls: null })
    expect((await witness.command('trust', log.verifierKey)).code).toBe(0)
  })
  afterAll(async () => {
    await witness?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const post = async (body: string): Promise<{ status: number; body: string } | null> => {
    try {
      const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body })
      return { status: answer.status, body: await answer.text() }
    } catch {
      return null
    }
  }

  it(`of ${KILLS} kills none makes it go back behind what it answered`, async () => {
    const random = seededRandom(20)
    /** The largest size that it has answered for, and the size that it may have kept without an answer. */
    let answered = 0
    for (let kill = 0; kill < KILLS; kill++) {
      let at = answered
      const cosigning = (async () => {
        for (;;) {
          const to = at + 1
          const answer = await post(await log.submission(at, to))
          if (answer === null) return
          if (answer.status === 409) at = Number(answer.body)
          else {
            expect(answer.status).toBe(200)
            at = answered = to
          }
        }
      })()
      const target = answered + Math.floor(random.between(2, 12))
      await eventually(
        () => answered,
        size => size >= target,
        20_000,
      )
      // Anywhere between two answers.
      await new Promise(resolve => setTimeout(resolve, random.between(0, 5)))
      await witness.stop('SIGKILL')
      await cosigning
      await witness.start()

      const answer = await post(await log.submission(answered + 2, answered + 3))
      expect(answer?.status).toBe(409)
      const kept = Number(answer?.body)
      expect([answered, answered + 1]).toContain(kept)
      // Neither older nor other.
      if (kept > 1) {
        expect((await post(await log.submission(kept - 1, kept - 1)))?.status).toBe(409)
        expect((await post(await fork.submission(kept, kept + 1)))?.status).toBe(422)
        expect((await post(await fork.submission(kept, kept)))?.status).toBe(409)
      }
      answered = kept
    }
    expect(answered).toBeGreaterThanOrEqual(2 * KILLS)
    const note = await (await fetch(`${witness.url}/log/${idOf(ORIGIN)}`)).text()
    expect(must(verifyCosignature(note, must(parseCosignerKey(witness.verifierKey)))).checkpoint.size).toBe(answered)
  }, 60_000)

  it('two cannot serve one directory', async () => {
    const { code, stderr } = await witness.command('serve', '--port', '0')
    expect([code, stderr]).toEqual([2, expect.stringContaining('stop that witness first')])
  })
})

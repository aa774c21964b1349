import { describe, expect, it } from '@jest/globals'
import { randomInt } from 'node:crypto'
import { type KillLoopReport, runKillLoop } from './kill-loop.ts'

/** `npm run test:kill` sets these; KILL_SEED repeats the choices of a run. */
const SECONDS = Number(process.env.KILL_SECONDS ?? 12)
const KILLS = Number(process.env.KILLS ?? 5)
const EXCHANGES = Number(process.env.KILL_EXCHANGES ?? 0)
const SEED = Number(process.env.KILL_SEED ?? randomInt(2 ** 31))

const say = (text: string): void => void process.stderr.write(`${text}\n`)

describe(`${KILLS} kills of gateway, provider and PostgreSQL in ${SECONDS} s of load`, () => {
  it(
    'leave a log that agrees with every ledger',
    async () => {
      say(`kill loop: KILL_SEED=${SEED}`)
      const report = await runKillLoop({
        seconds: SECONDS,
        kills: KILLS,
        seed: SEED,
        tell: process.env.KILL_VERBOSE === undefined ? () => undefined : say,
      })
      say(`kill loop: ${JSON.stringify(summaryOf(report))}`)
      expect(report.findings).toEqual([])
      expect(report.verifications.filter(({ good }) => !good)).toEqual([])
      expect(report.verifications).toHaveLength(report.kills.gateway + report.exitCodes.length)
      expect(report.crashes).toEqual([])
      expect(report.exitCodes).toEqual([0, 0])
      expect(Object.values(report.kills).reduce((sum, n) => sum + n)).toBe(KILLS)
      expect(report.answered).toBeGreaterThanOrEqual(Math.max(EXCHANGES, 1))
    },
    (2 * SECONDS + 180) * 1000,
  )
})

function summaryOf({ findings, verifications, crashes, ...rest }: KillLoopReport): object {
  return { ...rest, crashes: crashes.length, findings: findings.length, verifications: verifications.length }
}

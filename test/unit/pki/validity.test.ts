import { expect, it } from '@jest/globals'
import { validityFrom } from '../../../gateway/pki/validity.ts'
import { chain, days, NOW } from './world.ts'

it('a certificate begins a little earlier and never outlives its issuer', async () => {
  // The issuer is valid from NOW for 90 days.
  const { issuing } = await chain('p256', 'p256')
  const lasting = (count: number, at = NOW) => {
    const validity = validityFrom(at, count, issuing.certificate)
    if (!validity.ok) return validity.error
    const { notBefore, notAfter, cut } = validity.value
    return { days: Math.round((notAfter.getTime() - notBefore.getTime()) / 86_400_000), cut }
  }
  expect(lasting(30)).toEqual({ days: 30, cut: false })
  expect(lasting(397)).toEqual({ days: 90, cut: true })
  expect(lasting(30, days(80))).toEqual({ days: 10, cut: true })
  expect(lasting(30, days(91))).toContain('expired')
  const begins = validityFrom(NOW, 1, issuing.certificate)
  // Not before its issuer does, to the second.
  expect(begins.ok && begins.value.notBefore.toISOString()).toBe('2026-11-22T01:02:03.000Z')
})

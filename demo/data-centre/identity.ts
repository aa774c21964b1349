import { Router } from 'express'
import type { Person } from './people.ts'

interface VerificationRequest {
  readonly citizenNumber: string
  readonly name: string
  readonly birthDate: string
  readonly sex?: Person['sex']
}

/**
 * `identity/v1`: what is described in deploy/demo/services/identity-v1/openapi.yaml.
 * The answer says what matches and nothing else: neither what was sent nor what is registered.
 */
export function identity(people: readonly Person[]): Router {
  const router = Router()
  const byNumber = new Map(people.map(person => [person.citizenNumber, person]))

  router.post('/verifications', (request, response) => {
    const asked = request.body as VerificationRequest
    const person = byNumber.get(asked.citizenNumber)
    const fields = {
      citizenNumber: said(person !== undefined),
      name: said(person !== undefined && spelt(person.name) === spelt(asked.name)),
      birthDate: said(person?.birthDate === asked.birthDate),
      ...(asked.sex === undefined ? {} : { sex: said(person?.sex === asked.sex) }),
    }
    const all = Object.values(fields).every(field => field === 'match')
    response.json({ result: said(all), fields, ...(all && person ? { registration: person.registration } : {}) })
  })

  return router
}

const said = (matches: boolean): 'match' | 'no-match' => (matches ? 'match' : 'no-match')

/** Capitals, the two ways to write an accent and repeated spaces make no other name; a missing accent does. */
const spelt = (name: string): string => name.normalize('NFC').toLocaleUpperCase('vi').replace(/\s+/g, ' ').trim()

import type { Call } from './outcome.ts'

/** How long a person may take at an authenticator. */
export const CHALLENGE_MICROS = 5 * 60 * 1_000_000

export const NO_ORIGIN = 'The genesis names no office origin (genesis.yaml, office): nobody signs in a browser here.'

/** Where officers' browsers are; null: nowhere. */
export const originOf = ({ newest }: Pick<Call, 'newest'>): URL | null => {
  const { office } = newest.document.genesis
  return office ? new URL(office.origin) : null
}

/** PublicKeyCredentialRequestOptions (Web Authentication Level 2, section 5.5) for the officer who calls; base64url as in its JSON form. */
export const assertionOptions = ({ officer }: Pick<Call, 'officer'>, origin: URL, challenge: string) => ({
  challenge,
  rpId: origin.hostname,
  timeout: CHALLENGE_MICROS / 1000,
  userVerification: 'required',
  allowCredentials: officer.authenticators.map(({ id }) => ({ id, type: 'public-key' })),
})

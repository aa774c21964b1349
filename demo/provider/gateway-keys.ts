import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type Agent, get } from 'node:https'

type Keys = ReadonlyMap<string, KeyObject>

/** Milliseconds: how long a set is good (what its Cache-Control says), and how often an unknown name makes us ask again. */
const GOOD_FOR = 300_000
const ASK_AGAIN = 1_000
const MOST_BYTES = 65_536

/**
 * The gateway's public keys by name, fetched with our own certificate when they are needed: a provider starts before the gateway
 * does. After a rotation the new name is not in the set that is kept, so it is fetched again. Rejects where there is no such key.
 */
export function gatewayKeys(gateway: string, agent: Agent): (name?: string) => Promise<KeyObject> {
  let kept: { readonly keys: Promise<Keys>; readonly at: number } | null = null
  const fetched = (): Promise<Keys> => {
    const asked = { keys: fetchKeys(`${gateway}/.well-known/jwks.json`, agent), at: Date.now() }
    kept = asked
    // What failed is not kept.
    asked.keys.catch(() => {
      if (kept === asked) kept = null
    })
    return asked.keys
  }
  return async name => {
    const age = kept ? Date.now() - kept.at : Infinity
    let keys = await (kept && age < GOOD_FOR ? kept.keys : fetched())
    if (!keys.has(name ?? '') && age > ASK_AGAIN && age < GOOD_FOR) keys = await fetched()
    const key = keys.get(name ?? '')
    if (!key) throw new Error('the gateway has no such key')
    return key
  }
}

function fetchKeys(url: string, agent: Agent): Promise<Keys> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { agent, timeout: 5_000 }, incoming => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        if (text.length > MOST_BYTES) incoming.destroy(new Error('a key set that is too large'))
      })
      incoming.on('error', reject)
      incoming.on('end', () => {
        try {
          if (incoming.statusCode !== 200) throw new Error(`the key set was answered with ${incoming.statusCode}`)
          const { keys } = JSON.parse(text) as { keys: readonly (JsonWebKey & { kid: string })[] }
          resolve(new Map(keys.map(jwk => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })])))
        } catch (thrown) {
          reject(new Error('a key set that cannot be read', { cause: thrown }))
        }
      })
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('the gateway does not answer')))
    outgoing.on('error', reject)
  })
}

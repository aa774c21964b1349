import { LIST, type Outcome, type Row } from '../../support/refusals/row.ts'
import type { Scene } from '../../support/refusals/scene.ts'

/** The one agreement that is named like its purpose. */
const under = (purpose: string) => ({ path: LIST.path, headers: { 'exchange-purpose': purpose } })

/** Each limit is used up by one good call under its own agreement. */
export const limitRows: readonly Row[] = [
  {
    what: 'over the limit by rate',
    call: async scene => secondOf(scene, 'slow'),
    status: 429,
    code: 'rate-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
  {
    what: 'over the limit by volume',
    call: async scene => secondOf(scene, 'small'),
    status: 429,
    code: 'volume-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
  {
    what: 'over the limit by concurrency',
    async call(scene) {
      const { provider } = scene.world
      const before = provider.answer
      let release: () => void = () => undefined
      const arrived = new Promise<void>(resolve => {
        provider.answer = async (seen, request, response) => {
          const released = new Promise<void>(done => (release = done))
          resolve()
          await released
          await before(seen, request, response)
        }
      })
      const first = scene.call(under('single'))
      await arrived
      provider.seen.pop()
      const second = await scene.call(under('single'))
      provider.answer = before
      release()
      if ((await first).status !== 200) throw new Error('the first call was refused')
      return { ...second, shown: shownUnder('single') }
    },
    status: 429,
    code: 'concurrency-exceeded',
    records: ['refusal'],
    forwarded: 'no',
    retryAfter: true,
    documents: true,
  },
]

const shownUnder = (name: string): string => `GET ${LIST.path} HTTP/1.1\nExchange-Purpose: ${name}`

async function secondOf(scene: Scene, name: string): Promise<Outcome> {
  const first = await scene.call(under(name))
  if (first.status !== 200) throw new Error(`the first call was answered ${first.status}`)
  // That one had to cross; the row is about the next.
  scene.world.provider.seen.pop()
  return { ...(await scene.call(under(name))), shown: shownUnder(name) }
}

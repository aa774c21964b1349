import { requestText } from '../../support/refusals/raw-connection.ts'
import { CATEGORIES, LIST, type Outcome, PURPOSE, type Row } from '../../support/refusals/row.ts'
import type { Scene } from '../../support/refusals/scene.ts'

const refused = { records: ['refusal'], forwarded: 'no' } as const
const on = (path: string, headers: Readonly<Record<string, string>> = PURPOSE) => ({ path, headers })

/** What is meant is unknown, or said in a second spelling. */
export const routeRows: readonly Row[] = [
  {
    what: 'an unknown service',
    call: on('/exchange/G99.10/nothing/v1/x'),
    status: 403,
    code: 'not-permitted',
    ...refused,
    documents: true,
  },
  {
    what: 'an unknown unit',
    call: on('/exchange/G99.77/categories/v1/provinces'),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'an unknown operation', call: on(`${CATEGORIES}/districts`), status: 403, code: 'not-permitted', ...refused },
  {
    what: 'a method that is not declared',
    call: { ...LIST, method: 'DELETE' },
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  {
    what: 'a method that HTTP knows and nobody declares',
    call: { ...LIST, method: 'PROPFIND' },
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'HEAD, which is not GET', call: headOf, status: 403, code: 'not-permitted', ...refused },
  {
    what: 'an operation outside of the agreement',
    system: 'G99.23.training',
    call: on(`${CATEGORIES}/provinces/01`),
    status: 403,
    code: 'not-permitted',
    ...refused,
  },
  { what: 'another path of the listener', call: on('/admin'), status: 403, code: 'not-permitted', ...refused },
  // One spelling of each path.
  ...(
    [
      ['an encoded slash', `${CATEGORIES}/provinces%2F01`],
      ['an encoded backslash', `${CATEGORIES}/provinces%5C01`],
      ['a dot segment', `${CATEGORIES}/provinces/../provinces`],
      ['an encoded dot segment', `${CATEGORIES}/%2E%2E/v1/provinces`],
      ['a single dot', `${CATEGORIES}/./provinces`],
      ['an empty segment', `${CATEGORIES}//provinces`],
      ['a slash at the end', `${CATEGORIES}/provinces/`],
      ['double encoding', `${CATEGORIES}/provinces/%252e`],
      ['an encoded NUL', `${CATEGORIES}/provinces/01%00`],
      ['lower-case escapes', `${CATEGORIES}/provinces/%c3%a0`],
      ['an escape that nobody needs', `${CATEGORIES}/%70rovinces`],
      ['an overlong UTF-8 slash', `${CATEGORIES}/provinces%C0%AF01`],
      ['a backslash', `${CATEGORIES}\\provinces`],
      ['an overlong path', `${CATEGORIES}/provinces/${'0'.repeat(5000)}`],
      ['an absolute-form target', `https://localhost${LIST.path}`],
      ['a fragment', `${LIST.path}#top`],
    ] as const
  ).map(
    ([what, path]): Row => ({
      what,
      call: rawGet(path),
      status: 400,
      code: 'path-not-canonical',
      ...refused,
      ...(what === 'a dot segment' ? { documents: true as const } : {}),
    }),
  ),
]

/** Path as it is: Node's client would mend or refuse some. */
function rawGet(path: string): (scene: Scene) => Promise<Outcome> {
  return async scene => {
    const raw = await scene.raw()
    raw.send(
      requestText(`GET ${path} HTTP/1.1`, [
        ['Host', 'localhost'],
        ['Exchange-Purpose', 'reference-data'],
        ['Connection', 'close'],
      ]),
    )
    const shown = `GET ${path} HTTP/1.1\nExchange-Purpose: reference-data`
    return { ...(await raw.answer()), shown }
  }
}

/** An answer to HEAD has no body: what it would have said stands in its headers. */
async function headOf(scene: Scene): Promise<Outcome> {
  const answered = await scene.call({ ...LIST, method: 'HEAD' })
  const exchangeId = answered.headers['exchange-id']
  return { ...answered, json: { code: answered.headers['exchange-problem'], exchangeId } }
}

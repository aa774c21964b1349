import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import type { LaneName } from '../../domain/gateway-id.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { MAX_LEAF_BYTES } from '../../log/entry-bundle.ts'
import { formatTilePath, TILE_BYTES, TILE_WIDTH, type TileName } from '../../log/tiles.ts'
import type { ListedKey, ListedKeys, LogView, NoTile } from '../../review/mirror/log-view.ts'
import { readKeys, readLanes } from '../../review/mirror/read-listing.ts'

/** A gateway that cannot be asked, or answers with something that is no log. */
export class LogUnreachable extends Error {
  override readonly name = 'LogUnreachable'
}

export interface RemoteOptions {
  /** Origin of a listener: `https://gateway.example:8443`. */
  readonly origin: string
  /** PEM. Without: the authorities that the runtime trusts. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

const MOST_NOTE = 128 * 1024
const MOST_PAGE = 4 * 1024 * 1024
const MOST_BUNDLE = TILE_WIDTH * (MAX_LEAF_BYTES + 2)
const CONNECT_MILLIS = 10_000
const ANSWER_MILLIS = 30_000
/** A gateway that holds readers back is asked again: so often, and no longer than this each time. */
const ATTEMPTS = 60
const LONGEST_WAIT_SECONDS = 30
/** Lanes of a page. */
const PAGE = 200
/** Pages of a list: a gateway that never comes to an end is left. */
const MOST_PAGES = 10_000

interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** The log of a gateway, over HTTPS. All it says is bounded and unproven. Rejects with LogUnreachable. */
export class RemoteLog implements LogView {
  readonly #origin: string
  readonly #agent: Agent

  constructor({ origin, ca, cert, key }: RemoteOptions) {
    this.#origin = origin
    this.#agent = new Agent({
      connections: 8,
      connect: { timeout: CONNECT_MILLIS, ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) },
      headersTimeout: ANSWER_MILLIS,
      bodyTimeout: ANSWER_MILLIS,
    })
  }

  close(): Promise<void> {
    return this.#agent.destroy()
  }

  async lanes(): Promise<readonly LaneName[]> {
    const names: LaneName[] = []
    for await (const page of this.#pages('/log/lanes')) {
      const read = readLanes(page)
      if (!read.ok) throw new LogUnreachable(`/log/lanes: ${read.error}`)
      names.push(...read.value.lanes)
    }
    return names
  }

  async keys(): Promise<ListedKeys> {
    let control: ListedKeys['control'] = []
    const lanes: ListedKey[] = []
    for await (const page of this.#pages('/log/keys')) {
      const read = readKeys(page)
      if (!read.ok) throw new LogUnreachable(`/log/keys: ${read.error}`)
      control = read.value.control
      lanes.push(...read.value.lanes)
    }
    return { control, lanes }
  }

  async checkpoint(lane: LaneName): Promise<string | null> {
    const { status, body } = await this.#get(`/log/${lane}/checkpoint`, MOST_NOTE)
    if (status === 200) return body.toString('utf8')
    if (status === 404) return null
    throw refused(`/log/${lane}/checkpoint`, status, body)
  }

  async tile(lane: LaneName, tile: TileName): Promise<Result<Uint8Array, NoTile>> {
    const path = `/log/${lane}/${formatTilePath(tile)}`
    const { status, body } = await this.#get(path, tile.kind === 'entries' ? MOST_BUNDLE : TILE_BYTES)
    if (status === 200) return ok(body)
    if (status === 404) return err('absent')
    if (status === 403) return err('forbidden')
    throw refused(path, status, body)
  }

  async *#pages(path: string): AsyncGenerator<unknown> {
    let cursor: string | null = ''
    for (let pages = 0; cursor !== null; pages++) {
      if (pages === MOST_PAGES) throw new LogUnreachable(`${path} never ends`)
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { status, body } = await this.#get(`${path}?limit=${PAGE}${query}`, MOST_PAGE)
      if (status !== 200) throw refused(path, status, body)
      const page = parseJson(body)
      yield page
      // Whoever took the page has found a cursor in it that can be read.
      cursor = (page as { readonly cursor: string | null }).cursor
    }
  }

  async #get(path: string, most: number): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      let answer: Dispatcher.ResponseData
      try {
        answer = await request(`${this.#origin}${path}`, { dispatcher: this.#agent })
        const { statusCode: status, headers, body } = answer
        const bytes = await readBody(body, status === 200 ? most : MOST_NOTE)
        const after = Number(headers['retry-after'])
        if (![429, 503].includes(status) || !(after >= 0) || attempt === ATTEMPTS) return { status, body: bytes }
        await sleep(Math.min(after, LONGEST_WAIT_SECONDS) * 1000)
      } catch (thrown) {
        if (thrown instanceof LogUnreachable) throw thrown
        throw new LogUnreachable(`${this.#origin} cannot be asked: ${reasonOf(thrown)}`, { cause: thrown })
      }
    }
  }
}

async function readBody(body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > most) throw new LogUnreachable('an answer is larger than anything of a log')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function refused(path: string, status: number, body: Buffer): LogUnreachable {
  const problem = parseJson(body) as { readonly code?: unknown; readonly title?: unknown } | null
  const code = typeof problem?.code === 'string' && /^[a-z-]{1,60}$/.test(problem.code) ? ` ${problem.code}` : ''
  return new LogUnreachable(`${path}: ${status}${code}`)
}

const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error
    ? [thrown.message, (thrown as NodeJS.ErrnoException).code].filter(Boolean).join(' ')
    : 'an unknown fault'

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

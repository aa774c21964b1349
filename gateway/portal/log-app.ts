import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import helmet from 'helmet'
import { parseLaneName } from '../domain/gateway-id.ts'
import type { Result } from '../domain/result.ts'
import { formatEntryBundle } from '../log/entry-bundle.ts'
import { parseTilePath, type TileName, widthOfTile } from '../log/tiles.ts'
import type { ProblemCode } from '../problems/catalogue.ts'
import { codeOf } from '../problems/fault.ts'
import type { LogSource, ShownLane } from '../review/log-source.ts'
import { sendProblem } from './send-problem.ts'
import { showControlKey, showLane, showLaneKey } from './show-log.ts'

/** Why a reader is not served. */
export interface LogRefusal {
  readonly code: ProblemCode
  /** Seconds, for those who come too often. */
  readonly retryAfter?: number
}

export interface LogOptions {
  readonly source: LogSource
  /** Who asks. For `entries` it has to be somebody who may read records, and what they read has been recorded. */
  readonly admit: (
    request: IncomingMessage,
    access: 'hashes' | { readonly entries: string },
  ) => Promise<Result<unknown, LogRefusal>>
  readonly onFault: (thrown: unknown) => void
}

/** Paths that are the log's. */
export const isLogPath = (target: string): boolean => /^\/log(?:[/?]|$)/.test(target)

/** Lanes of a page unless told, and at most. */
const PAGE = 50
const MOST = 200

/** C2SP tlog-tiles: what a tile holds never changes. `private`: it was shown to somebody in particular. */
const FOR_EVER = 'private, max-age=31536000, immutable'

const compress = promisify(gzip)

/**
 * The log in the format of C2SP tlog-tiles, each lane a log of its own below `/log/{lane}/`: `checkpoint`, `tile/{L}/{N}[.p/{W}]`,
 * `tile/entries/{N}[.p/{W}]`; beside them `/log/lanes` and `/log/keys` say which lanes and keys there are.
 */
export function logApp({ source, admit, onFault }: LogOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)
  app.set('strict routing', true)
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } }))
  app.use((_request, response, next) => {
    response.setHeader('cache-control', 'no-store')
    next()
  })

  const admitted = async (
    request: Request,
    response: Response,
    access: 'hashes' | { readonly entries: string } = 'hashes',
  ): Promise<boolean> => {
    const who = await admit(request, access)
    if (who.ok) return true
    if (who.error.retryAfter !== undefined) response.setHeader('retry-after', String(who.error.retryAfter))
    sendProblem(request, response, who.error.code)
    return false
  }
  const laneOf = async (request: Request): Promise<ShownLane | null> => {
    const name = parseLaneName(String(request.params.lane))
    return name.ok ? source.lane(name.value) : null
  }

  app.get('/log/lanes', async (request, response) => {
    if (!(await admitted(request, response))) return
    const asked = readPage(request)
    if (!asked) return sendProblem(request, response, 'log-not-found')
    const { entries, cursor } = await source.lanes(asked.cursor, asked.limit)
    response.json({ lanes: entries.map(showLane), cursor })
  })

  app.get('/log/keys', async (request, response) => {
    if (!(await admitted(request, response))) return
    const asked = readPage(request)
    if (!asked) return sendProblem(request, response, 'log-not-found')
    const { entries, cursor } = await source.laneKeys(asked.cursor, asked.limit)
    const control = await source.controlKeys()
    response.json({ control: control.map(showControlKey), lanes: entries.map(showLaneKey), cursor })
  })

  app.get('/log/:lane/checkpoint', async (request, response) => {
    if (!(await admitted(request, response))) return
    const lane = await laneOf(request)
    if (!lane) return sendProblem(request, response, 'log-not-found')
    response.type('text/plain; charset=utf-8').send(lane.checkpoint)
  })

  app.get('/log/:lane/tile/*path', async (request, response) => {
    // As it came: a spelling with escapes is not that of any tile.
    const tile = parseTilePath(request.path.split('/').slice(3).join('/'))
    const access = tile.ok && tile.value.kind === 'entries' ? { entries: request.path } : 'hashes'
    if (!(await admitted(request, response, access))) return
    const lane = tile.ok ? await laneOf(request) : null
    if (!tile.ok || !lane || !reaches(lane, tile.value)) return sendProblem(request, response, 'log-not-found')
    if (tile.value.kind === 'hashes') {
      const hashes = await source.tile(lane, tile.value.level, tile.value.index, tile.value.width)
      response.setHeader('cache-control', FOR_EVER)
      return sendBytes(response, hashes)
    }
    const leaves = await source.entries(lane, tile.value.index, tile.value.width)
    if (!leaves) return sendProblem(request, response, 'log-not-found')
    await sendBundle(request, response, formatEntryBundle(leaves))
  })

  app.use(async (request, response) => {
    if (await admitted(request, response)) sendProblem(request, response, 'log-not-found')
  })
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    // What Express itself cannot read: a path that is no text.
    const { status } = thrown as { status?: unknown }
    const unreadable = typeof status === 'number' && status < 500
    if (!unreadable) onFault(thrown)
    if (response.headersSent) return void response.destroy()
    response.setHeader('cache-control', 'no-store')
    sendProblem(request, response, unreadable ? 'request-malformed' : codeOf(thrown))
  })
  return app
}

/** Nothing beyond the signed size is shown: it would be of no tree. */
function reaches({ size }: ShownLane, tile: TileName): boolean {
  return widthOfTile(tile.kind === 'entries' ? 0 : tile.level, tile.index, size) >= tile.width
}

function sendBytes(response: Response, bytes: Uint8Array): void {
  response.type('application/octet-stream').end(bytes)
}

/** C2SP tlog-tiles: bundles SHOULD be compressed. Not to be kept by anybody on the way: each reading is recorded. */
async function sendBundle(request: Request, response: Response, bundle: Uint8Array): Promise<void> {
  response.vary('accept-encoding')
  if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') return sendBytes(response, bundle)
  response.setHeader('content-encoding', 'gzip')
  sendBytes(response, await compress(bundle))
}

/** Null: not a page that this list has. */
function readPage({ query }: Request): { readonly cursor: string | null; readonly limit: number } | null {
  const { cursor = null, limit = String(PAGE), ...rest } = query
  if (Object.keys(rest).length > 0 || typeof limit !== 'string' || !/^[1-9]\d{0,2}$/.test(limit)) return null
  if (cursor !== null && (typeof cursor !== 'string' || !/^\d{1,9}$/.test(cursor))) return null
  return { cursor, limit: Math.min(MOST, Number(limit)) }
}

import { type Request, type Response, Router } from 'express'
import { randomUUID } from 'node:crypto'
import { answerOnce } from '../provider/answer-once.ts'
import { consumerOf, refuse } from '../provider/answers.ts'
import { keepNewest } from '../provider/keep-newest.ts'

/** What is deposited: the metadata of a digitised record. The file itself stays where it is; its digest says which it is. */
interface Deposit {
  readonly title: string
  readonly issuingUnit: string
  readonly date: string
  readonly type: string
  readonly classification: string
  readonly retention: string
  readonly digest: string
  readonly remarks?: string
}

interface StoredRecord extends Deposit {
  readonly id: string
  readonly depositedBy: string
  readonly depositedAt: string
}

/** `records/v1`: what is described in deploy/demo/services/records-v1/openapi.yaml. In memory: a restart forgets. */
export function records(): Router {
  const router = Router()
  const stored = new Map<string, StoredRecord>()
  const once = answerOnce()

  /** Another system's record answers like one that does not exist, so that nobody can find out what others deposit. */
  const own = (request: Request): StoredRecord | undefined => {
    const record = stored.get(String(request.params.id))
    return record?.depositedBy === consumerOf(request) ? record : undefined
  }

  router.post('/records', (request, response) =>
    once(request, response, () => {
      const record: StoredRecord = {
        id: randomUUID(),
        ...(request.body as Deposit),
        depositedBy: consumerOf(request),
        depositedAt: new Date().toISOString(),
      }
      keepNewest(stored, record.id, record)
      return { status: 201, body: record }
    }),
  )

  router.get('/records/:id', (request, response) => {
    const record = own(request)
    if (!record) return notFound(request, response)
    response.json(record)
  })

  router.patch('/records/:id', (request, response) => {
    const record = own(request)
    if (!record) return notFound(request, response)
    if (isKeptForEver(record)) return keptForEver(request, response)
    const changed = { ...record, retention: (request.body as { retention: string }).retention }
    stored.set(record.id, changed)
    response.json(changed)
  })

  router.delete('/records/:id', (request, response) => {
    const record = own(request)
    if (!record) return notFound(request, response)
    if (isKeptForEver(record)) return keptForEver(request, response)
    stored.delete(record.id)
    response.status(204).end()
  })

  return router
}

const isKeptForEver = (record: StoredRecord): boolean => record.retention === 'permanent'

const notFound = (request: Request, response: Response): void =>
  refuse(request, response, 404, 'not-found', {
    en: 'This system has deposited no such record.',
    vi: 'Hệ thống chưa nộp hồ sơ nào có mã này.',
  })

const keptForEver = (request: Request, response: Response): void =>
  refuse(request, response, 409, 'kept-for-ever', {
    en: 'A record that is kept for ever is neither shortened nor withdrawn.',
    vi: 'Hồ sơ lưu trữ vĩnh viễn không được rút ngắn thời hạn hoặc rút lại.',
  })

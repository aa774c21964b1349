import express, { type Request, type Response, Router } from 'express'
import type { Commune, Province } from './administrative-units.ts'

const PAGE_SIZE = 50
const MOST_PAGE_SIZE = 200

/** `categories/v1`: what is described in deploy/demo/services/categories-v1/openapi.yaml. */
export function categories(provinces: readonly Province[]): Router {
  const router = Router()
  const byCode = new Map(provinces.map(province => [province.code, province]))

  router.get('/provinces', (request, response) => void response.json(pageOf(provinces.map(named), request)))

  router.get('/provinces/:code', (request, response) => {
    const province = byCode.get(request.params.code)
    if (!province) return notFound(response)
    response.json(named(province))
  })

  router.get('/provinces/:code/communes', (request, response) => {
    const province = byCode.get(request.params.code)
    if (!province) return notFound(response)
    response.json(pageOf(province.communes.map(named), request))
  })

  router.post('/provinces/search', express.json(), (request, response) => {
    const { codes, nameContains = '' } = request.body as { codes?: readonly string[]; nameContains?: string }
    const items = provinces
      .filter(({ code }) => codes === undefined || codes.includes(code))
      .filter(({ name }) => name.toLocaleLowerCase('vi').includes(nameContains.toLocaleLowerCase('vi')))
      .map(named)
    response.json({ items, total: items.length })
  })

  return router
}

const named = ({ code, name }: Commune): Commune => ({ code, name })

/** The gateway has checked the parameters against the description before they come here. */
function pageOf(all: readonly Commune[], request: Request) {
  const page = Number(request.query.page ?? 1)
  const pageSize = Math.min(MOST_PAGE_SIZE, Number(request.query.pageSize ?? PAGE_SIZE))
  const items = all.slice((page - 1) * pageSize, page * pageSize)
  return { items, page, pageSize, total: all.length }
}

function notFound(response: Response): void {
  response.status(404).json({ code: 'not-found', message: 'There is no province with this code.' })
}

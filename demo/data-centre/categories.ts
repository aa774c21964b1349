import { type Request, type Response, Router } from 'express'
import { pageOf, refuse } from '../provider/answers.ts'
import type { Commune, Province } from './administrative-units.ts'

/** `categories/v1`: what is described in deploy/demo/services/categories-v1/openapi.yaml. */
export function categories(provinces: readonly Province[]): Router {
  const router = Router()
  const byCode = new Map(provinces.map(province => [province.code, province]))

  router.get('/provinces', (request, response) => void response.json(pageOf(provinces.map(named), request)))

  router.get('/provinces/:code', (request, response) => {
    const province = byCode.get(request.params.code)
    if (!province) return notFound(request, response)
    response.json(named(province))
  })

  router.get('/provinces/:code/communes', (request, response) => {
    const province = byCode.get(request.params.code)
    if (!province) return notFound(request, response)
    response.json(pageOf(province.communes.map(named), request))
  })

  router.post('/provinces/search', (request, response) => {
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

const notFound = (request: Request, response: Response): void =>
  refuse(request, response, 404, 'not-found', {
    en: 'There is no province with this code.',
    vi: 'Không có tỉnh, thành phố nào có mã này.',
  })

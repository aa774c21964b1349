import { type Request, Router } from 'express'
import { randomUUID } from 'node:crypto'
import { answerOnce, type Made } from '../provider/answer-once.ts'
import { consumerOf, pageOf, refusal } from '../provider/answers.ts'
import type { Item } from './stock.ts'

interface SupplyRequest {
  readonly items: readonly { readonly code: string; readonly quantity: number }[]
  readonly neededOn: string
  readonly deliverTo: string
  readonly note?: string
}

const ITEM_UNKNOWN = { en: 'One of the items is not known.', vi: 'Có vật tư không có trong danh mục.' }
const NOT_ENOUGH = { en: 'The stores do not hold as much.', vi: 'Trong kho không đủ số lượng.' }

/** `inventory/v1`: what is described in deploy/demo/services/inventory-v1/openapi.yaml. In memory: a restart fills the stores again. */
export function inventory(stock: readonly Item[]): Router {
  const router = Router()
  const items = new Map(stock.map(item => [item.code, item]))
  const once = answerOnce()

  router.get('/items', (request, response) => {
    const { category } = request.query
    const wanted = [...items.values()].filter(item => category === undefined || item.category === category)
    response.json(pageOf(wanted, request))
  })

  router.post('/requests', (request, response) => once(request, response, () => setAside(request)))

  /** All of it or nothing. */
  const setAside = (request: Request): Made => {
    const asked = request.body as SupplyRequest
    const quantities = new Map<string, number>()
    for (const { code, quantity } of asked.items) quantities.set(code, (quantities.get(code) ?? 0) + quantity)
    const remaining = [...quantities].map(([code, quantity]) => ({ item: items.get(code), quantity }))
    if (remaining.some(({ item }) => item === undefined))
      return { status: 422, body: refusal(request, 'item-unknown', ITEM_UNKNOWN) }
    if (remaining.some(({ item, quantity }) => (item?.available ?? 0) < quantity))
      return { status: 409, body: refusal(request, 'not-enough', NOT_ENOUGH) }
    for (const { item, quantity } of remaining)
      if (item) items.set(item.code, { ...item, available: item.available - quantity })
    const { items: lines, neededOn } = asked
    const received = { id: randomUUID(), status: 'received', requestedBy: consumerOf(request), items: lines, neededOn }
    return { status: 201, body: { ...received, receivedAt: new Date().toISOString() } }
  }

  return router
}

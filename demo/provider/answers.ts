import type { Request, Response } from 'express'

const PAGE_SIZE = 50
const MOST_PAGE_SIZE = 200

/** The system that calls, `G99.21/records`. The gateway writes this header itself: what a caller sent under its name is dropped. */
export const consumerOf = (request: Request): string => request.get('exchange-consumer') ?? ''

/** The unit of the system that calls: `G99.21`. */
export const unitOf = (request: Request): string => consumerOf(request).split('/')[0] ?? ''

/** A text in both languages. */
export interface Message {
  readonly en: string
  readonly vi: string
}

/** The body of an answer that says no, in the language that the caller prefers. It never repeats what the caller sent. */
export function refusal(request: Request, code: string, message: Message) {
  const language = request.acceptsLanguages('en', 'vi') === 'vi' ? 'vi' : 'en'
  return { code, message: message[language] }
}

/** Says no. */
export function refuse(request: Request, response: Response, status: number, code: string, message: Message): void {
  response.status(status).json(refusal(request, code, message))
}

/** The page that `page` and `pageSize` ask for. The gateway has checked them against the description before they come here. */
export function pageOf<T>(all: readonly T[], request: Request) {
  const page = Number(request.query.page ?? 1)
  const pageSize = Math.min(MOST_PAGE_SIZE, Number(request.query.pageSize ?? PAGE_SIZE))
  return { items: all.slice((page - 1) * pageSize, page * pageSize), page, pageSize, total: all.length }
}

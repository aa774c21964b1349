import type { Request, Response } from 'express'
import { catalogue, type ProblemCode } from '../problems/catalogue.ts'
import { languageOf, problemBody } from '../problems/problem.ts'

/** Answers with a problem (RFC 9457) in the language that was asked for. */
export function sendProblem(request: Request, response: Response, code: ProblemCode): void {
  response
    .status(catalogue[code].status)
    .setHeader('exchange-problem', code)
    .type('application/problem+json')
    .send(problemBody({ code }, null, languageOf(request.get('accept-language'))))
}

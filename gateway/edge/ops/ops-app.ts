import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Registry } from 'prom-client'

/** One part that has to work before exchanges can cross. */
export interface Part {
  readonly part: string
  readonly ready: boolean
  /** In words, for the operator. */
  readonly detail: string
}

export interface Health {
  parts(): readonly Part[]
}

/**
 * What operators and their tools see: liveness, readiness and metrics. Plain HTTP, loopback only; holds nothing about anybody.
 */
export function opsApp(health: Health, metrics: Registry): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } }))
  app.get('/livez', (_request, response) => void response.json({ live: true }))
  app.get('/readyz', (_request, response) => {
    const parts = health.parts()
    const ready = parts.every(part => part.ready)
    response.status(ready ? 200 : 503).json({ ready, parts })
  })
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.metrics())
  })
  app.use((_request, response) => void response.status(404).json({ error: 'see /livez, /readyz and /metrics' }))
  return app
}

import { Router } from 'express'
import { pageOf, refuse, unitOf } from '../provider/answers.ts'
import type { Task } from './tasks.ts'

interface Report {
  readonly status: string
  readonly progress: number
  readonly summary: string
  readonly obstacles?: readonly string[]
}

/** `task-reports/v1`: what is described in deploy/demo/services/task-reports-v1/openapi.yaml. In memory: a restart forgets. */
export function taskReports(tasks: readonly Task[]): Router {
  const router = Router()
  /** Of each task by month. */
  const reports = new Map(tasks.map(({ id }) => [id, new Map<string, Report>()]))

  const withProgress = (task: Task) => {
    const filed = reports.get(task.id)
    const lastPeriod = [...(filed?.keys() ?? [])].sort().at(-1)
    const last = lastPeriod === undefined ? undefined : filed?.get(lastPeriod)
    const { status, progress } = last ?? { status: 'not-started', progress: 0 }
    return { ...task, status, progress, ...(lastPeriod === undefined ? {} : { lastPeriod }) }
  }

  router.get('/tasks', (request, response) => {
    const { status } = request.query
    const own = tasks.filter(({ unit }) => unit === unitOf(request)).map(withProgress)
    response.json(
      pageOf(
        own.filter(task => status === undefined || task.status === status),
        request,
      ),
    )
  })

  router.put('/tasks/:taskId/reports/:period', (request, response) => {
    const { taskId, period } = request.params
    const task = tasks.find(({ id, unit }) => id === taskId && unit === unitOf(request))
    const filed = task && reports.get(task.id)
    if (!filed)
      return refuse(request, response, 404, 'not-found', {
        en: 'The unit of this system has no such task.',
        vi: 'Đơn vị không có nhiệm vụ này.',
      })
    const isNew = !filed.has(period)
    filed.set(period, request.body as Report)
    response
      .status(isNew ? 201 : 200)
      .json({ taskId, period, ...(request.body as Report), filedAt: new Date().toISOString() })
  })

  return router
}

/** The load generator: a process of its own, told over IPC what to do. */
import { Generator } from './generator.ts'
import type { Order, Report } from './job.ts'

const tell = (report: Report): void => void process.send?.(report)
let generator: Generator | null = null

async function obey(order: Order): Promise<void> {
  switch (order.order) {
    case 'start':
      generator = new Generator(order.job, why => tell({ report: 'broken', why }))
      await generator.start()
      return tell({ report: 'started' })
    case 'mark':
      generator?.mark()
      return tell({ report: 'marked' })
    case 'report':
      if (generator) tell({ report: 'result', result: generator.result() })
      return
    case 'stop':
      generator?.stop()
      generator = null
      return tell({ report: 'stopped' })
  }
}

const broken = (thrown: unknown): void => tell({ report: 'broken', why: String(thrown) })
process.on('message', order => void obey(order as Order).catch(broken))
process.on('uncaughtException', broken)
process.on('disconnect', () => process.exit())

import { Command } from 'commander'
import { acceptCommand } from './witness/accept.ts'
import { initCommand } from './witness/init.ts'
import { serveCommand } from './witness/serve.ts'
import { showCommand } from './witness/show.ts'
import { trustCommand } from './witness/trust.ts'

/** Needs no gateway, no database and no configuration: another unit runs it. */
export const witnessCommand = (): Command =>
  new Command('witness')
    .description(
      'A witness of a gateway of another unit: it cosigns its log, and refuses one that was put back or rewritten',
    )
    .addCommand(initCommand())
    .addCommand(trustCommand())
    .addCommand(serveCommand())
    .addCommand(showCommand())
    .addCommand(acceptCommand())

import { Command } from 'commander'
import { encodeBase64, decodeBase64 } from '../../log/base64.ts'
import { HASH_BYTES } from '../../log/hash.ts'
import { Misuse } from '../misuse.ts'
import { withWitness } from './open-witness.ts'

interface AcceptOptions {
  readonly dir: string
  readonly size: string
  readonly root: string
  readonly why: string
  readonly json?: true
}

export const acceptCommand = (): Command =>
  new Command('accept')
    .description(
      'Lets a log go on from another place than this witness has cosigned: only behind a recovery that two officers signed, heard by phone and compared on paper',
    )
    .argument('<origin>', 'the log, like lienthong/control')
    .requiredOption('--dir <dir>', 'directory of the witness; stop its server first')
    .requiredOption('--size <size>', 'size of the log, as in the recovery')
    .requiredOption('--root <root>', 'root of the log at that size, base64, as in the recovery')
    .requiredOption('--why <text>', 'who called, and the number of the recovery: kept for ever')
    .option('--json', 'print the result as JSON')
    .action(async (origin: string, options: AcceptOptions) => {
      const size = Number(options.size)
      const root = decodeBase64(options.root)
      if (!/^(?:0|[1-9]\d*)$/.test(options.size) || !Number.isSafeInteger(size))
        throw new Misuse('--size: a whole number')
      if (root?.length !== HASH_BYTES) throw new Misuse('--root: the base64 of 32 bytes')
      if (options.why.trim() === '') throw new Misuse('--why: say who called')
      const accepted = await withWitness(options.dir, async directory => {
        if (!directory.origins().includes(origin)) throw new Misuse(`${origin} is not witnessed here`)
        const log = directory.read(origin)
        const from = { size: log.head.size, root: encodeBase64(log.head.root) }
        const to = { size, root: options.root }
        const taken = { at: new Date().toISOString(), from, to, why: options.why }
        directory.keep({ origin, head: { size, root }, note: null, accepted: [...log.accepted, taken] })
        return taken
      })
      if (options.json) return console.log(JSON.stringify({ origin, ...accepted }))
      console.log(`${origin} goes on from ${accepted.to.size} instead of ${accepted.from.size}`)
    })

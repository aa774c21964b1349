import { Command } from 'commander'
import type { Digest } from '../../domain/digest.ts'
import { LocalStateFile } from '../../edge/local-state.ts'
import { jsonOption } from '../pki/options.ts'
import { refuse, report } from '../pki/refuse.ts'
import { readSettings } from '../settings.ts'
import { paperLines, readPaperDigest } from './paper-digest.ts'

export const pinCommand = (environment: NodeJS.ProcessEnv): Command =>
  new Command('pin')
    .description('For each further machine, before its first start: pins the digest of the genesis in DATA_DIR')
    .argument('<digest>', 'typed from paper, in quotes where there are spaces', readPaperDigest)
    .addOption(jsonOption())
    .action((digest: Digest, { json = false }: { json?: boolean }) => {
      const state = new LocalStateFile(readSettings(environment).dataDir)
      const { genesis, highest } = state.state
      // What was never obeyed may have been typed wrongly; what was, nobody puts another beginning under.
      if (highest !== null && genesis !== digest)
        return refuse(`a gateway has worked here under another genesis, ${genesis}: use another DATA_DIR`, json)
      if (genesis !== digest) state.write({ genesis: digest, highest })
      report(
        { digest, file: state.path },
        [`pinned in ${state.path}:`, ...paperLines(digest).map(l => `    ${l}`)],
        json,
      )
    })

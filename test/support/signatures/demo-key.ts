import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The signing key that certs-dev makes and the demo world registers, `G99.21.records` unless told. */
export const demoKey = ({ certsDir }: { readonly certsDir: string }, system = 'G99.21.records'): KeyObject =>
  createPrivateKey(readFileSync(join(certsDir, `${system}.sign.key`)))

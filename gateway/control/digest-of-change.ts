import { canonicalJson } from '../configuration/canonical-json.ts'
import { type Digest, digestOf } from '../domain/digest.ts'
import type { StoredChange } from './stored-change.ts'

/** What the control lane names a change by, as it was or is: its state, text and signatures. */
export const digestOfChange = ({ state, text, signatures }: StoredChange): Digest =>
  digestOf(canonicalJson({ state, text, signatures }))

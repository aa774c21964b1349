import type { LogFinding } from '../../review/log-finding.ts'

/** Findings printed one by one; the rest is counted. */
const MOST_PRINTED = 100

/** What is wrong with a log, line by line. */
export function printFindings(findings: readonly LogFinding[]): void {
  for (const { lane, kind, index, detail } of findings.slice(0, MOST_PRINTED))
    console.log(`WRONG  ${lane}${index === undefined ? '' : ` record ${index}`}  ${kind}: ${detail}`)
  if (findings.length > MOST_PRINTED) console.log(`… and ${findings.length - MOST_PRINTED} more (--json lists all)`)
}

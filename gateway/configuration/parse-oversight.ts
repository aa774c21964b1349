/** What watches the gateway from outside and from above: witnesses, time authorities, settings, alert rules. */
import { createHash } from 'node:crypto'
import { err, ok, type Result } from '../domain/result.ts'
import { parseServiceId } from '../domain/service-id.ts'
import type { AlertRuleDocument, SettingDocument, TimeAuthorityDocument, WitnessDocument } from './document.ts'
import { DEFAULT_SETTINGS } from './effective-settings.ts'
import type { AlertRule, Setting, TimeAuthority, Witness } from './objects.ts'
import { parseDuration } from './parse-duration.ts'
import { isCanonical, isChain } from './parse-issuer.ts'
import { complete, type Report, take } from './report.ts'
import { readCertificate } from './resolve-certificates.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND
const GIBIBYTE = 2 ** 30

/** Decree 331/2026 and TCVN 14423:2026 as read in secondary copies: months that the log of a system of this level is kept. */
const LEAST_MONTHS = [0, 1, 3, 6, 12]

export function parseWitness(witness: WitnessDocument, pointer: string, report: Report): Witness | undefined {
  const { name, title, url, verifierKey, outside } = witness
  const key = take(checkVerifierKey(name, verifierKey), `${pointer}/verifierKey`, report)
  if (!URL.canParse(url)) report(`${pointer}/url`, 'is not an address like https://witness.example:8446')
  return key && URL.canParse(url) ? { name, title, url: url.replace(/\/+$/, ''), verifierKey, outside } : undefined
}

/** C2SP tlog-cosignature, "Format": `SHA-256(name || 0x0A || 0x04 || key)[:4]` and an Ed25519 key behind the byte 04. */
function checkVerifierKey(name: string, text: string): Result<string> {
  const [named, id, ...rest] = text.split('+')
  const key = Buffer.from(rest.join('+'), 'base64')
  if (named !== name) return err(`is the key of another witness: its name is not ${name}`)
  if (key[0] !== 0x04 || key.length !== 33) return err('is no cosignature/v1 key: the byte 04 and 32 bytes')
  const hash = createHash('sha256').update(`${name}\n`).update(key).digest('hex').slice(0, 8)
  return hash === id ? ok(text) : err('has a key id that is not that of its name and key')
}

export function parseTimeAuthority(
  { name, title, url, certificates }: TimeAuthorityDocument,
  pointer: string,
  report: Report,
): TimeAuthority | undefined {
  const at = `${pointer}/certificates`
  const chain = complete(certificates.map((pem, index) => take(readCertificate(pem), `${at}/${index}`, report)))
  if (!URL.canParse(url)) report(`${pointer}/url`, 'is not an address like http://tsa.example/stamp')
  const holds = chain !== undefined && isCanonical(chain, certificates, at, report) && isChain(chain, at, report)
  return holds && URL.canParse(url) ? { name, title, url, certificates } : undefined
}

export function parseSetting(setting: SettingDocument, pointer: string, report: Report): Setting | undefined {
  const span = (name: string, text: string | undefined, absent: number, least: number): number | undefined =>
    text === undefined ? absent : take(parseDuration(text, least, 7 * DAY), `${pointer}/${name}`, report)

  switch (setting.id) {
    case 'witnessing': {
      const { alertAfterMillis: alert, stopAfterMillis: stop } = DEFAULT_SETTINGS.witnessing
      const alertAfterMillis = span('alertAfter', setting.alertAfter, alert, 10 * SECOND)
      const stopAfterMillis = span('stopAfter', setting.stopAfter, stop, 10 * SECOND)
      if (alertAfterMillis === undefined || stopAfterMillis === undefined) return undefined
      if (stopAfterMillis < alertAfterMillis)
        report(`${pointer}/stopAfter`, 'comes before the alert: alertAfter is longer')
      return { id: setting.id, required: setting.required, alertAfterMillis, stopAfterMillis }
    }
    case 'timestamping': {
      const { everyMillis: every, alertAfterMillis: alert } = DEFAULT_SETTINGS.timestamping
      const everyMillis = span('every', setting.every, every, SECOND)
      const alertAfterMillis = span('alertAfter', setting.alertAfter, alert, SECOND)
      if (everyMillis === undefined || alertAfterMillis === undefined) return undefined
      return { id: setting.id, everyMillis, alertAfterMillis }
    }
    case 'retention': {
      const least = LEAST_MONTHS[setting.level - 1] ?? 12
      if (setting.months < least)
        report(`${pointer}/months`, `level ${setting.level} keeps records ${least} months at least`)
      return { id: setting.id, level: setting.level, months: setting.months }
    }
    case 'second-factor':
      return { id: setting.id, approvals: setting.approvals }
    case 'caps': {
      const { id, systemPerSecond, officerPerMinute, officerConcurrent } = { ...DEFAULT_SETTINGS.caps, ...setting }
      return { id, systemPerSecond, officerPerMinute, officerConcurrent }
    }
  }
}

export function parseAlertRule(rule: AlertRuleDocument, pointer: string, report: Report): AlertRule | undefined {
  const { id, title, event, count = event === 'bytes' ? GIBIBYTE : 100, within = 'PT1M' } = rule
  const withinMillis = take(parseDuration(within, SECOND, DAY), `${pointer}/within`, report)
  const service = rule.service === undefined ? null : take(parseServiceId(rule.service), `${pointer}/service`, report)
  if (event === 'tls-failures' && service) report(`${pointer}/service`, 'a TLS failure has no service')
  if (withinMillis === undefined || service === undefined) return undefined
  return { id, title, event, service, count, withinMillis }
}

import type { Finding } from './locate.ts'
import { hasLoneSurrogate } from './lone-surrogate.ts'
import { pointerOf } from './pointer.ts'

/** Levels of nesting. Deeper is a mistake or an attack on the stack; an OpenAPI document needs about 30. */
const MAX_DEPTH = 100

/** Everything in an attacker-controlled value that canonical JSON could not carry, or that could not be walked safely. */
export function findUnplain(value: unknown): readonly Finding[] {
  const findings: Finding[] = []
  visit(value, [], findings)
  return findings
}

function visit(value: unknown, path: (string | number)[], findings: Finding[]): void {
  const reason = path.length > MAX_DEPTH ? `is nested deeper than ${MAX_DEPTH} levels` : whyUnplain(value)
  if (reason) findings.push({ pointer: pointerOf(path), reason })
  else if (Array.isArray(value)) value.forEach((item, index) => enter(item, index, path, findings))
  else if (typeof value === 'object' && value !== null)
    for (const key of Object.keys(value)) {
      const wrongKey = whyUnplainKey(key)
      if (wrongKey) findings.push({ pointer: pointerOf([...path, key]), reason: wrongKey })
      else enter((value as Readonly<Record<string, unknown>>)[key], key, path, findings)
    }
}

function enter(value: unknown, token: string | number, path: (string | number)[], findings: Finding[]): void {
  path.push(token)
  visit(value, path, findings)
  path.pop()
}

function whyUnplain(value: unknown): string | null {
  if (typeof value === 'number') return whyUnplainNumber(value)
  if (typeof value === 'string') return hasLoneSurrogate(value) ? 'holds half a character (a lone surrogate)' : null
  if (typeof value === 'boolean' || value === null || Array.isArray(value)) return null
  if (typeof value === 'object') return isRecord(value) ? null : 'is neither a mapping nor a list'
  return `is a ${typeof value}, which JSON cannot say`
}

/** Made by a parser, or by `{}`; by any realm. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function whyUnplainNumber(value: number): string | null {
  if (!Number.isFinite(value)) return 'is not a finite number'
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'is a number that a double cannot hold exactly'
  return null
}

function whyUnplainKey(key: string): string | null {
  if (key === '__proto__') return 'is a name that is never allowed'
  return hasLoneSurrogate(key) ? 'is a name with half a character (a lone surrogate)' : null
}

import { parseBinding } from '../domain/binding.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { parseSystemId } from '../domain/system-id.ts'
import { parseWindow } from './calendar.ts'
import type { BindingDocument, SystemDocument } from './document.ts'
import type { KeyBinding, System } from './objects.ts'
import { parseSigningKey } from './parse-signing-key.ts'
import { complete, quote, type Report, take } from './report.ts'

/** A system; undefined after reporting what is wrong with it. */
export function parseSystem(system: SystemDocument, pointer: string, report: Report): System | undefined {
  const id = take(parseSystemId(system.id), `${pointer}/id`, report)
  const endpoint =
    system.endpoint === undefined ? null : take(parseEndpoint(system.endpoint), `${pointer}/endpoint`, report)
  const bindings = complete(
    system.bindings.map((binding, index) => parseKeyBinding(binding, `${pointer}/bindings/${index}`, report)),
  )
  const signingKeys = complete(
    (system.signingKeys ?? []).map((key, index) => parseSigningKey(key, `${pointer}/signingKeys/${index}`, report)),
  )
  if (!id || endpoint === undefined || !bindings || !signingKeys) return undefined
  return { id, name: system.name, suspended: system.suspended ?? false, bindings, signingKeys, endpoint }
}

function parseKeyBinding(binding: BindingDocument, pointer: string, report: Report): KeyBinding | undefined {
  const key = take(parseBinding(binding.key), `${pointer}/key`, report)
  const window = parseWindow(binding, pointer, report)
  return key && window && { key, ...window }
}

/** Reads an https origin exactly as the URL standard writes it, so that one provider has one pool. */
function parseEndpoint(text: string): Result<string> {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:') return err('an endpoint is an https origin like https://host:9443')
  if (url.origin === text) return ok(text)
  return err(`an endpoint is an origin only, without path, user or default port: write ${quote(url.origin)}`)
}

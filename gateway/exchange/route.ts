import { parseCanonicalTarget } from '../domain/canonical-path.ts'
import { parseServiceId } from '../domain/service-id.ts'
import { type Adds, type Identified, refuse, type Refused, type Routed } from './known.ts'

/** Segments before the operation's own: exchange, unit, service, version. */
const PREFIX_SEGMENTS = 4

/** Canonical path, once; unknown and forbidden look alike. */
export function route(identified: Identified): Adds<Identified, Routed> | Refused {
  const target = parseCanonicalTarget(identified.rawTarget)
  if (!target.ok) return refuse({ code: 'path-not-canonical', detail: `The path ${target.error}.` })
  const { segments } = target.value
  const [first, unit = '', name = '', version = ''] = segments
  const service = first === 'exchange' ? parseServiceId(`${unit}/${name}/${version}`) : null
  const routed = service?.ok ? identified.snapshot.serviceOf(service.value) : null
  const match = routed?.router.match(identified.method, segments.slice(PREFIX_SEGMENTS)) ?? null
  if (!routed || !match) return refuse({ code: 'not-permitted' }, { detail: 'no-such-operation' })
  return {
    target: target.value,
    routed,
    operation: match.operation,
    pathParameters: match.pathParameters,
  }
}

/** Path and query below the service, byte for byte as they came: `/provinces?page=2`. */
export const pathBelowService = ({ segments, query }: Routed['target']): string =>
  `/${segments.slice(PREFIX_SEGMENTS).join('/')}${query === null ? '' : `?${query}`}`

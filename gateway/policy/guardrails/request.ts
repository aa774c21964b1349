import type { CedarValueJson, Context, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs'
import type { GuardrailInput, GuardrailParty } from '../../configuration/objects.ts'
import { unitOf } from '../../domain/system-id.ts'
import { bandOf, type CalendarPlace } from './calendar.ts'
import type { CalendarMember } from './cedar-schema.ts'
import { andAbove } from './check-names.ts'

export interface CedarRequest {
  readonly principal: TypeAndId
  readonly action: TypeAndId
  readonly resource: TypeAndId
  readonly context: Context
  readonly entities: EntityJson[]
}

const entity = (type: string, id: string): TypeAndId => ({ type, id })
const reference = (type: string, id: string): CedarValueJson => ({ __entity: entity(type, id) })

const ACTION = entity('Action', 'exchange')

/** The request of cedar-schema.ts, with these members of the calendar only. */
export function requestOf(
  input: GuardrailInput,
  members: readonly CalendarMember[],
  place: CalendarPlace,
): CedarRequest {
  const { consumer, provider, service } = input
  const band = bandOf(members, place, input.minute)
  const calendar = members.map((member, at) => [
    member,
    member === 'weekday' ? reference('Weekday', String(band[at])) : (band[at] ?? null),
  ])
  return {
    principal: entity('System', consumer.system),
    action: ACTION,
    resource: entity('Service', service),
    context: {
      operation: reference('Operation', input.operation),
      purpose: reference('Purpose', input.purpose),
      classification: reference('Classification', input.classification),
      ...(Object.fromEntries(calendar) as Context),
    },
    entities: entitiesOf(consumer, provider, service),
  }
}

/** Each once, as Cedar demands: consumer and provider may be of one unit, or one system. */
function entitiesOf(consumer: GuardrailParty, provider: GuardrailParty, service: string): EntityJson[] {
  const entities = new Map<string, EntityJson>()
  const add = (made: EntityJson, { type, id }: TypeAndId): void => void entities.set(`${type} ${id}`, made)
  for (const { system } of [consumer, provider])
    for (const [place, unit] of andAbove(unitOf(system)).entries()) {
      const above = andAbove(unit)[1]
      // Of units above only that they are above is part of the input: whoever asks for their attributes meets an error, and a refusal.
      if (place > 0 && !entities.has(`Unit ${unit}`)) add(unitEntity(unit, above, {}), entity('Unit', unit))
    }
  for (const { system, attributes } of [consumer, provider]) {
    const unit = unitOf(system)
    add(unitEntity(unit, andAbove(unit)[1], { attributes: [...attributes] }), entity('Unit', unit))
    const uid = entity('System', system)
    add({ uid, attrs: { unit: reference('Unit', unit) }, parents: [entity('Unit', unit)] }, uid)
  }
  const uid = entity('Service', service)
  add({ uid, attrs: { provider: reference('System', provider.system) }, parents: [] }, uid)
  return [...entities.values()]
}

const unitEntity = (code: string, above: string | undefined, attrs: EntityJson['attrs']): EntityJson => ({
  uid: entity('Unit', code),
  attrs,
  parents: above === undefined ? [] : [entity('Unit', above)],
})

import { compileSchema, type Validator } from '../compile-schema.ts'
import { digestOf } from '../../domain/digest.ts'
import { isObject, type JsonObject, type JsonValue } from '../json-value.ts'
import { pointerTo } from '../pointer.ts'
import { refuseSchema } from '../refuse-schema.ts'
import { referenced, type Schema } from '../schema-tree.ts'
import { conjuncts, memberSchemas, itemSchemas, prefixLengthOf, typesOf, valuesOf } from './conjuncts.ts'
import { CHECKS, GROUPS, HANGING } from './keyword-checks.ts'
import { sameMeaning } from './same-meaning.ts'
import { withoutAnnotations } from './without-annotations.ts'

/** A value of the narrow schema that the wide one may refuse. */
export interface Excess {
  /** Place in the value, `*` for every item or any other member. */
  readonly pointer: string
  /** Keyword of the wide schema that is not known to hold; `schema` where nothing is allowed at all. */
  readonly keyword: string
  readonly wide: JsonValue
  /** What the narrow schema says under the same keyword; undefined: nothing. */
  readonly narrow: JsonValue | undefined
}

/** Comparisons within one pair of schemas; honest ones take some hundreds. */
const MOST_STEPS = 3_000
/** Comparisons within one another; schemas nest at most 32 deep, choices and references come on top. */
const DEEPEST = 150
/** A compilation costs about 3 ms. */
const MOST_COMPILED = 50

/** Reasons that one comparison gives at most. */
const MOST_REASONS = 50

/**
 * Whether every value that `narrow` allows is allowed by `wide` too, both self-contained: empty where that is certain. What it cannot
 * be sure of it calls an excess, so that an empty list may be relied on, and an excess may be a false alarm. Pure.
 */
export function excessOf(narrow: Schema, wide: Schema): readonly Excess[] {
  // What is registered has no such fault; here an endless reference would be taken for proof.
  const fault = [narrow, wide].flatMap(refuseSchema)[0]
  if (fault) return [{ pointer: '', keyword: 'schema', wide: fault.message, narrow: undefined }]
  return new Comparison(withoutAnnotations(narrow), withoutAnnotations(wide)).run()
}

class Comparison {
  readonly #narrowRoot: Schema
  readonly #wideRoot: Schema
  /** Pairs under way or found good, in the order they were assumed: a recursive schema holds where nothing in the loop speaks against it. */
  readonly #assumed = new Set<string>()
  readonly #trail: string[] = []
  readonly #numbers = new Map<Schema, number>()
  readonly #compiled = new Map<Schema, Validator | 'none'>()
  #steps = 0
  #depth = 0

  constructor(narrow: Schema, wide: Schema) {
    this.#narrowRoot = narrow
    this.#wideRoot = wide
  }

  run(): readonly Excess[] {
    return this.#excess([this.#narrowRoot], this.#wideRoot, []).slice(0, MOST_REASONS)
  }

  /** Of the values that all of `narrow` allow, those that `wide` may refuse. */
  #excess(narrow: readonly Schema[], wide: Schema, path: readonly string[]): readonly Excess[] {
    if (wide === true) return []
    const all = conjuncts(this.#narrowRoot, narrow)
    if (all.includes(false) || typesOf(all).size === 0) return []
    if (wide === false) return [{ pointer: pointerTo(path), keyword: 'schema', wide, narrow: undefined }]
    if (++this.#steps > MOST_STEPS) return tooIntricate(path)
    const key = `${all
      .map(schema => this.#numberOf(schema))
      .sort((a, b) => a - b)
      .join(' ')} < ${this.#numberOf(wide)}`
    if (this.#assumed.has(key)) return []
    if (this.#depth >= DEEPEST) return tooIntricate(path)
    this.#depth++
    const before = this.#trail.length
    this.#assumed.add(key)
    this.#trail.push(key)
    const found = this.#look(all as readonly JsonObject[], wide, path)
    this.#depth--
    // What did not hold, and all that was found good by relying on it, may not serve another place.
    if (found.length > 0) for (const undone of this.#trail.splice(before)) this.#assumed.delete(undone)
    return found
  }

  #look(all: readonly JsonObject[], wide: JsonObject, path: readonly string[]): readonly Excess[] {
    const values = valuesOf(all)
    if (values !== null && this.#allowsEach(wide, values)) return []
    const direct = Object.keys(wide).flatMap(keyword => this.#excessOfKeyword(all, wide, keyword, path))
    if (direct.length === 0) return []
    if (all.some(one => sameMeaning(one, wide, this.#narrowRoot, this.#wideRoot))) return []
    return this.#holdsByBranches(all, wide, path) ? [] : direct
  }

  /** Where the narrow one is a choice, each of its branches is looked at by itself. */
  #holdsByBranches(all: readonly JsonObject[], wide: JsonObject, path: readonly string[]): boolean {
    return all.some(one =>
      ['anyOf', 'oneOf'].some(keyword => {
        const branches = one[keyword]
        if (!Array.isArray(branches)) return false
        const { [keyword]: _split, ...rest } = one
        // What they refer to is among them already; followed again, it would bring the choice back.
        const others = [...all.filter(other => other !== one), rest].map(
          ({ $ref: _target, allOf: _parts, ...own }) => own,
        )
        return (branches as Schema[]).every(branch => this.#excess([...others, branch], wide, path).length === 0)
      }),
    )
  }

  #excessOfKeyword(
    all: readonly JsonObject[],
    wide: JsonObject,
    keyword: string,
    path: readonly string[],
  ): readonly Excess[] {
    if (keyword === '$defs' || keyword === 'definitions') return []
    const said = wide[keyword] as JsonValue
    const excess = (): readonly Excess[] => [
      { pointer: pointerTo(path), keyword, wide: said, narrow: all.find(one => keyword in one)?.[keyword] },
    ]
    const check = CHECKS[keyword]
    if (check) return check(all, said, typesOf(all)) ? [] : excess()
    switch (keyword) {
      case '$ref':
        return this.#excess(all, referenced(this.#wideRoot, wide) ?? false, path)
      case 'allOf':
        return (said as Schema[]).flatMap(part => this.#excess(all, part, path))
      case 'anyOf':
        return (said as Schema[]).some(part => this.#excess(all, part, path).length === 0) ? [] : excess()
      case 'properties':
        return this.#excessOfProperties(all, said as Readonly<Record<string, Schema>>, path)
      case 'additionalProperties':
        return this.#excessOfOthers(all, wide, path)
      case 'items':
      case 'prefixItems':
        return this.#excessOfItems(all, wide, keyword, path)
      default:
        // Of everything else only this is known: what is said on both sides holds on both.
        return all.some(one => this.#saysTheSame(one, wide, keyword)) ? [] : excess()
    }
  }

  #excessOfProperties(
    all: readonly JsonObject[],
    described: Readonly<Record<string, Schema>>,
    path: readonly string[],
  ): readonly Excess[] {
    if (!typesOf(all).has('object')) return []
    return Object.entries(described).flatMap(([name, schema]) =>
      this.#excess(memberSchemas(all, name), schema, [...path, name]),
    )
  }

  /** `additionalProperties`: of the members that the wide one does not describe. */
  #excessOfOthers(all: readonly JsonObject[], wide: JsonObject, path: readonly string[]): readonly Excess[] {
    const others = wide.additionalProperties as Schema
    if (others === true || !typesOf(all).has('object')) return []
    const described = isObject(wide.properties) ? wide.properties : {}
    const patterns = wide.patternProperties
    let least: readonly Excess[] | null = null
    for (const one of all) {
      // With patterns it takes the same ones: which names match is not computed here.
      const same = patterns === undefined || this.#saysTheSame(one, wide, 'patternProperties')
      const own = isObject(one.properties) ? Object.keys(one.properties) : []
      const rest =
        isObject(one.patternProperties) && patterns === undefined
          ? (Object.values(one.patternProperties) as Schema[])
          : []
      const found = !same
        ? [
            {
              pointer: pointerTo(path),
              keyword: 'patternProperties',
              wide: patterns,
              narrow: one.patternProperties,
            },
          ]
        : [
            ...own
              .filter(name => !Object.hasOwn(described, name))
              .flatMap(name => this.#excess(memberSchemas(all, name), others, [...path, name])),
            ...[...rest, (one.additionalProperties ?? true) as Schema].flatMap(schema =>
              this.#excess([schema], others, [...path, '*']),
            ),
          ]
      if (found.length === 0) return []
      least = least === null || found.length < least.length ? found : least
    }
    return least ?? [{ pointer: pointerTo(path), keyword: 'additionalProperties', wide: others, narrow: undefined }]
  }

  #excessOfItems(
    all: readonly JsonObject[],
    wide: JsonObject,
    keyword: 'items' | 'prefixItems',
    path: readonly string[],
  ): readonly Excess[] {
    if (!typesOf(all).has('array')) return []
    const first = prefixLengthOf(wide)
    if (keyword === 'prefixItems')
      return Array.from({ length: first }, (_, i) => i).flatMap(i =>
        this.#excess(itemSchemas(all, i), (wide.prefixItems as Schema[])[i] ?? true, [...path, String(i)]),
      )
    const items = wide.items as Schema
    const last = Math.max(first, ...all.map(prefixLengthOf))
    const singled = Array.from({ length: last - first }, (_, i) => first + i)
    return [
      ...singled.flatMap(i => this.#excess(itemSchemas(all, i), items, [...path, String(i)])),
      ...this.#excess(itemSchemas(all, last), items, [...path, '*']),
    ]
  }

  #saysTheSame(one: JsonObject, wide: JsonObject, keyword: string): boolean {
    if (HANGING.has(keyword)) return sameMeaning(one, wide, this.#narrowRoot, this.#wideRoot)
    const group = GROUPS.find(keywords => keywords.includes(keyword)) ?? [keyword]
    return group.every(each => sameMeaning(one[each], wide[each], this.#narrowRoot, this.#wideRoot))
  }

  /** Asks Ajv itself: the values are few. */
  #allowsEach(wide: JsonObject, values: readonly JsonValue[]): boolean {
    const validator = this.#compiled.get(wide) ?? this.#compile(wide)
    this.#compiled.set(wide, validator)
    return validator !== 'none' && values.every(value => validator.check(value).length === 0)
  }

  #compile(wide: JsonObject): Validator | 'none' {
    const root = this.#wideRoot
    const definitions = isObject(root) && isObject(root.$defs) ? { $defs: root.$defs } : {}
    const text = JSON.stringify({ ...wide, ...definitions })
    // Another reference would name something else from here.
    if (this.#compiled.size >= MOST_COMPILED || /"\$ref":"(?!#\/\$defs\/)/.test(text)) return 'none'
    const compiled = compileSchema({ digest: digestOf(text), text })
    return compiled.ok ? compiled.value : 'none'
  }

  #numberOf(schema: Schema): number {
    const number = this.#numbers.get(schema) ?? this.#numbers.size
    this.#numbers.set(schema, number)
    return number
  }
}

const tooIntricate = (path: readonly string[]): readonly Excess[] => [
  { pointer: pointerTo(path), keyword: 'schema', wide: 'too intricate to compare', narrow: undefined },
]

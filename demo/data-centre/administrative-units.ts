import { readFileSync } from 'node:fs'
import provinces from './provinces.json' with { type: 'json' }

export interface Commune {
  readonly code: string
  readonly name: string
}

export interface Province extends Commune {
  readonly communes: readonly Commune[]
}

/**
 * The administrative units to serve: those of a JSON file (`[{code, name, communes: [{code, name}]}]`), or the 34 provinces of
 * Viet Nam without communes.
 */
export function administrativeUnits(file: string | undefined): readonly Province[] {
  if (file === undefined) return provinces.map(province => ({ ...province, communes: [] }))
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Province[]
}

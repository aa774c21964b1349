/** Something that stands between load generator and provider. */
export interface Subject {
  readonly name: string
  readonly port: number
  /** The root of each process tree whose CPU counts, by what it is. */
  readonly parts: Readonly<Record<string, number>>
  stop(): Promise<void>
}

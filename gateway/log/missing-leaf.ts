/** What a LaneStore rejects `readLeaves` with when it holds no such leaf, as opposed to being out of reach. */
export class MissingLeaf extends Error {
  override readonly name = 'MissingLeaf'
  readonly code = 'missing-leaf'
  readonly index: number

  constructor(index: number) {
    super(`leaf ${index} is not stored`)
    this.index = index
  }
}

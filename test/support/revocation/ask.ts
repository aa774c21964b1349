import type { Answered } from '../world/client.ts'
import { requestText } from '../refusals/raw-connection.ts'
import { LIST } from '../refusals/row.ts'
import type { Scene } from '../refusals/scene.ts'

export const REQUEST = requestText(`GET ${LIST.path} HTTP/1.1`, [
  ['Host', 'localhost'],
  ['Exchange-Purpose', 'reference-data'],
])

/** One call of a system over a connection of its own. */
export async function ask(scene: Scene, system: string): Promise<Answered> {
  const raw = await scene.raw(system)
  raw.send(REQUEST)
  const answered = await raw.answer()
  raw.socket.destroy()
  return answered
}

/** A call that has to succeed before what the row is about; it is no part of the row. */
export async function askGood(scene: Scene, system: string): Promise<void> {
  const { status, text } = await ask(scene, system)
  if (status !== 200) throw new Error(`${system} was refused before: ${text}`)
  scene.world.provider.seen.pop()
}

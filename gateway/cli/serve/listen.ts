import { Misuse } from '../misuse.ts'

/** Listens, and where the port is taken says which variable chooses another. */
export async function listenOr<T>(listen: () => Promise<T>, port: number, variable: string): Promise<T> {
  try {
    return await listen()
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new Misuse(`port ${port} is in use: stop what listens there, or set ${variable} to another port`)
    if (code === 'EACCES')
      throw new Misuse(`port ${port} may not be opened by this user: set ${variable} to a port above 1023`)
    throw thrown
  }
}

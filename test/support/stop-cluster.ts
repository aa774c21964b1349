import type { TestCluster } from './start-cluster.ts'

/** Jest's globalTeardown: stops what start-cluster.ts started and removes its files. */
export default async function stopCluster(): Promise<void> {
  await (globalThis as { testCluster?: TestCluster }).testCluster?.stop()
}

import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8 from inlining calls of WebAssembly into optimised JavaScript. In the V8 of Node 20 (11.3) a function that was optimised so and
 * has to be taken back in the middle of such a call ends the process ("unreachable code", DoComputeBuiltinContinuation): some ten
 * thousand evaluations of guardrails in a row did it every time. Costs nothing that could be measured beside an evaluation. For the whole
 * process, its threads included; later versions do not know the flag or do not need it.
 */
export function keepWasmCallsPlain(): void {
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls')
}

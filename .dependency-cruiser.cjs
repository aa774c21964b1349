/**
 * The import table of the house, as rules: test/arch/imports.test.ts runs them over the tree and over planted violations.
 * By hand: npm run imports
 */

/** Floors of the gateway, from the top. Imports run strictly downwards, never sideways to another room of a floor. */
const FLOORS = [
  ['cli'],
  ['edge', 'office', 'portal'],
  ['exchange', 'control', 'review'],
  ['snapshot', 'record'],
  ['policy', 'schema', 'identity'],
  ['configuration', 'log', 'pki'],
  ['problems'],
  ['domain'],
]

const rooms = floors => `^gateway/(${floors.flat().join('|')})/`

const floorRules = FLOORS.map((floor, index) => ({
  name: `below-${floor.join('-')}`,
  comment: `${floor.join(', ')} may import only from the floors below them, and from their own room.`,
  severity: 'error',
  from: { path: rooms([floor]) },
  to: { path: rooms(FLOORS.slice(0, index + 1)), pathNot: '^gateway/$1/' },
}))

module.exports = {
  forbidden: [
    ...floorRules,
    {
      name: 'nothing-imports-cli',
      comment: 'The command line is the composition root: whoever needs it starts it as a process. Tests may look at its parts.',
      severity: 'error',
      from: { pathNot: '^(gateway/cli|test)/' },
      to: { path: '^gateway/cli/' },
    },
    {
      name: 'gateway-stands-alone',
      comment: 'The gateway ships without tests, benchmarks, demo providers and console.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^(test|bench|demo|console)/' },
    },
    {
      name: 'certs-dev-only-for-the-demo',
      comment: 'Throwaway certificates are made for the demo command and for tests, never on another path of the gateway.',
      severity: 'error',
      from: { pathNot: ['^certs-dev/', '^gateway/cli/demo/', '^test/', '^bench/'] },
      to: { path: '^certs-dev/' },
    },
    {
      name: 'certs-dev-needs-pki-and-domain',
      comment: 'What makes development certificates knows how to make certificates and what they name, nothing else.',
      severity: 'error',
      from: { path: '^certs-dev/' },
      to: { path: '^(gateway|test|bench|demo|console)/', pathNot: '^gateway/(pki|domain)/' },
    },
    {
      name: 'demo-is-a-stranger',
      comment: "A unit's developer may copy a demo provider as it is: it knows nothing of the gateway.",
      severity: 'error',
      from: { path: '^demo/' },
      to: { path: '^(gateway|certs-dev|test|bench|console)/' },
    },
    {
      name: 'console-is-a-client',
      comment: 'The console speaks to the office API and nothing else.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(gateway|certs-dev|test|bench|demo)/' },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or two with a third below them. Types count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'runs-without-dev-dependencies',
      comment: 'A production install has no devDependencies; an undeclared package is there by accident.',
      severity: 'error',
      from: { path: '^(gateway|certs-dev|demo|bin)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'imports-resolve',
      comment: 'A file or package that is not there.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types bind as hard as values do: a type of an upper floor in a lower one is still the wrong way round.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}

// Read by the test that knows every folder of the gateway stands on a floor.
Object.defineProperty(module.exports, 'FLOORS', { value: FLOORS, enumerable: false })

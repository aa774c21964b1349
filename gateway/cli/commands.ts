import type { Command } from 'commander'

/** Each is loaded when it is asked for: whoever signs a certificate need not wait for the modules of a gateway. */
export const COMMANDS = {
  demo: async () => (await import('./demo/demo.ts')).demoCommand,
  serve: async () => (await import('./serve/serve.ts')).serveCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  change: async () => (await import('./change.ts')).changeCommand,
  config: async () => (await import('./config.ts')).configCommand,
  agreement: async () => (await import('./agreement.ts')).agreementCommand,
  policy: async () => (await import('./policy.ts')).policyCommand,
  service: async () => (await import('./service.ts')).serviceCommand,
  genesis: async () => (await import('./genesis.ts')).genesisCommand,
  pki: async () => (await import('./pki.ts')).pkiCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  witness: async () => (await import('./witness.ts')).witnessCommand,
  alert: async () => (await import('./alert.ts')).alertCommand,
  migrate: async () => (await import('./migrate.ts')).migrateCommand,
  doctor: async () => (await import('./doctor/doctor.ts')).doctorCommand,
} as const satisfies Record<string, () => Promise<(environment: NodeJS.ProcessEnv) => Command>>

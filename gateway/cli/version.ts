import manifest from '../../package.json' with { type: 'json' }

/** Name and version, as records carry it. */
export const SOFTWARE = `lienthong/${manifest.version}`
export const VERSION: string = manifest.version

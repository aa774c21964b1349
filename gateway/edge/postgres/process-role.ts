/**
 * What a gateway process does, and with it what its database login may: `exchange` the data plane, `office` the control plane, `all`
 * both (development, and small installations that accept it).
 */
export const PROCESS_ROLES = ['exchange', 'office', 'all'] as const
export type ProcessRole = (typeof PROCESS_ROLES)[number]

export const doesExchanges = (role: ProcessRole): boolean => role !== 'office'
export const doesOffice = (role: ProcessRole): boolean => role !== 'exchange'

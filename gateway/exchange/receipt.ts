import type { Receipt } from './ports.ts'

/** The value of `Exchange-Receipt`: a dictionary (RFC 8941 section 3.2) of lane, index, leaf hash and signed checkpoint. */
export const formatReceipt = ({ lane, index, leafHash, checkpoint }: Receipt): string =>
  `lane="${lane}", index=${index}, leaf=:${Buffer.from(leafHash).toString('base64')}:, ` +
  `checkpoint=:${Buffer.from(checkpoint).toString('base64')}:`

import type { NextFunction, Request, Response } from 'express'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { refuse } from './answers.ts'

/**
 * Lets nobody in but the gateway. TLS has checked the chain already (`requestCert`, `rejectUnauthorized`); this checks the name:
 * systems hold certificates of the same authority, and must not reach a provider behind the gateway's back.
 */
export function onlyGateway(gatewaySan: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (isGateway((request.socket as TLSSocket).getPeerCertificate(), gatewaySan)) next()
    else
      refuse(request, response, 403, 'not-the-gateway', {
        en: 'Call this service through the gateway.',
        vi: 'Hãy gọi dịch vụ này qua cổng trao đổi dữ liệu.',
      })
  }
}

export const isGateway = ({ subjectaltname = '' }: PeerCertificate, gatewaySan: string): boolean =>
  subjectaltname.split(', ').includes(`URI:${gatewaySan}`)

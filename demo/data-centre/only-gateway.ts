import type { NextFunction, Request, Response } from 'express'
import type { TLSSocket } from 'node:tls'

/**
 * Lets nobody in but the gateway. TLS has checked the chain already (`requestCert`, `rejectUnauthorized`); this checks the name:
 * systems hold certificates of the same authority, and must not reach a provider behind the gateway's back.
 */
export function onlyGateway(gatewaySan: string) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const names = (request.socket as TLSSocket).getPeerCertificate().subjectaltname ?? ''
    if (names.split(', ').includes(`URI:${gatewaySan}`)) next()
    else response.status(403).json({ code: 'not-the-gateway', message: 'Call this service through the gateway.' })
  }
}

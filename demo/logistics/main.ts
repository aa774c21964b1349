/**
 * The demo provider `G99.22/logistics`: a system that calls services and offers one of its own, with the same certificate.
 * Environment: PORT, CERTS_DIR, GATEWAY_URL.
 */
import { serve } from '../provider/serve.ts'
import { inventory } from './inventory.ts'
import { STOCK } from './stock.ts'

serve({
  system: 'G99.22/logistics',
  certificate: 'G99.22.logistics',
  port: 9444,
  services: { '/inventory/v1': inventory(STOCK) },
})

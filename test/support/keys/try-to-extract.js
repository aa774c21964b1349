// What a thief with the PIN gets out of a token, without any of the gateway's code. Run as a process of its own: the library reads
// its configuration from the environment of the process.
import { readFileSync } from 'node:fs'
import pk from 'pkcs11js'

const { PKCS11_MODULE, PKCS11_PIN_FILE } = process.env
const module = new pk.PKCS11()
module.load(PKCS11_MODULE)
module.C_Initialize()
const session = module.C_OpenSession(module.C_GetSlotList(true)[0], pk.CKF_SERIAL_SESSION)
module.C_Login(session, pk.CKU_USER, readFileSync(PKCS11_PIN_FILE, 'utf8').trim())
module.C_FindObjectsInit(session, [{ type: pk.CKA_CLASS, value: pk.CKO_PRIVATE_KEY }])
const keys = module.C_FindObjects(session, 100)
module.C_FindObjectsFinal(session)
const flag = (key, type) => module.C_GetAttributeValue(session, key, [{ type }])[0].value[0] === 1
const valueOf = key => {
  try {
    return module.C_GetAttributeValue(session, key, [{ type: pk.CKA_VALUE }])[0].value.toString('hex')
  } catch (error) {
    return error.message
  }
}
const found = keys.map(key => ({
  label: module.C_GetAttributeValue(session, key, [{ type: pk.CKA_LABEL }])[0].value.toString(),
  extractable: flag(key, pk.CKA_EXTRACTABLE),
  wasExtractable: !flag(key, pk.CKA_NEVER_EXTRACTABLE),
  sensitive: flag(key, pk.CKA_ALWAYS_SENSITIVE),
  madeInside: flag(key, pk.CKA_LOCAL),
  value: valueOf(key),
}))
module.C_Finalize()
console.log(JSON.stringify(found))

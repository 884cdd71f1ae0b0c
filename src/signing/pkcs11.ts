import type { Attribute, Handle, Mechanism, PKCS11, Template } from 'pkcs11js'

// The few words of PKCS#11 (v2.40) that a vault needs, over the binding `pkcs11js`, which is compiled where an HSM
// is used (`npm rebuild pkcs11js`) and loaded nowhere else.

/** Numbers of the standard (PKCS #11 v2.40, appendix). */
export const P11 = {
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKA_CLASS: 0,
  CKA_TOKEN: 1,
  CKA_PRIVATE: 2,
  CKA_LABEL: 3,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_EXTRACTABLE: 0x162,
  CKA_MODULUS: 0x120,
  CKA_MODULUS_BITS: 0x121,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKA_KEY_TYPE: 0x100,
  CKK_RSA: 0,
  CKK_EC: 3,
  CKK_EC_EDWARDS: 0x40,
  CKM_RSA_PKCS_KEY_PAIR_GEN: 0,
  CKM_RSA_PKCS_PSS: 0xd,
  CKM_SHA256: 0x250,
  CKG_MGF1_SHA256: 2,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EDDSA: 0x1057,
} as const

/** The binding's own number for parameters of RSA-PSS. */
export const PSS_PARAMETERS = 5
const CKF_RW_SESSION = 2
const CKF_SERIAL_SESSION = 4
const CKF_OS_LOCKING_OK = 2
const CKU_USER = 1
const CKR_USER_ALREADY_LOGGED_IN = 0x100
const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191
const FOUND = 1_000

export interface Module {
  /** The slot whose token has this label; undefined when none is in. */
  slotOf(label: string): Handle | undefined
  openSession(slot: Handle): Handle
  logIn(session: Handle, pin: string): void
  find(session: Handle, template: Template): Handle[]
  attribute(session: Handle, object: Handle, type: number): Buffer
  setAttribute(session: Handle, object: Handle, attribute: Attribute): void
  /** The mechanisms that the slot's token knows. */
  mechanisms(slot: Handle): readonly number[]
  makeKeyPair(
    session: Handle,
    mechanism: number,
    publicKey: Template,
    privateKey: Template,
  ): { readonly publicKey: Handle; readonly privateKey: Handle }
  /** Off the main thread, for a module may be at the other end of a network. `length`: of the signature, in bytes. */
  sign(session: Handle, key: Handle, mechanism: Mechanism, data: Buffer, length: number): Promise<Buffer>
  destroy(session: Handle, object: Handle): void
  /** Never throws: what is closed is gone already, as often as not. */
  close(): void
}

/** @throws Error with a sentence when the binding is not installed, or not compiled. */
export async function loadModule(): Promise<(library: string) => Module> {
  const loaded = await import('pkcs11js').catch((cause: unknown) => {
    throw new Error('PRATU_HSM_MODULE wants the binding pkcs11js to be compiled: npm rebuild pkcs11js', { cause })
  })
  const { PKCS11 } = loaded.default
  return (library) => openModule(new PKCS11(), library)
}

function openModule(p11: PKCS11, library: string): Module {
  p11.load(library)
  let initialised = true
  try {
    p11.C_Initialize({ flags: CKF_OS_LOCKING_OK })
  } catch (error) {
    // Another vault of this process has; it is also the one to finish.
    if (codeOf(error) !== CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error
    initialised = false
  }
  return {
    slotOf: (label) => p11.C_GetSlotList(true).find((slot) => p11.C_GetTokenInfo(slot).label.trim() === label),
    openSession: (slot) => p11.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION),
    logIn(session, pin) {
      try {
        p11.C_Login(session, CKU_USER, pin)
      } catch (error) {
        if (codeOf(error) !== CKR_USER_ALREADY_LOGGED_IN) throw error
      }
    },
    find(session, template) {
      p11.C_FindObjectsInit(session, template)
      try {
        return p11.C_FindObjects(session, FOUND)
      } finally {
        p11.C_FindObjectsFinal(session)
      }
    },
    attribute: (session, object, type) => p11.C_GetAttributeValue(session, object, [{ type }])[0]!.value,
    setAttribute: (session, object, attribute) => p11.C_SetAttributeValue(session, object, [attribute]),
    mechanisms: (slot) => p11.C_GetMechanismList(slot),
    makeKeyPair: (session, mechanism, publicKey, privateKey) =>
      p11.C_GenerateKeyPair(session, { mechanism }, publicKey, privateKey),
    sign(session, key, mechanism, data, length) {
      p11.C_SignInit(session, mechanism, key)
      return p11.C_SignAsync(session, data, Buffer.alloc(length))
    },
    destroy: (session, object) => p11.C_DestroyObject(session, object),
    close() {
      try {
        if (initialised) p11.C_Finalize()
        p11.close()
      } catch {
        // It is gone.
      }
    },
  }
}

const codeOf = (error: unknown): number | undefined => (error as { readonly code?: number }).code

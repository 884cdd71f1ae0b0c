import { type Needs as CodeCardNeeds, openCodeCard } from './code-card/method.ts'
import type { Method } from './method.ts'
import type { Needs as MobileIdNeeds } from './mobile-id/method.ts'
import { openPasskey, type Needs as PasskeyNeeds } from './passkey/method.ts'
import type { Needs as SmartCardNeeds } from './smart-card/method.ts'
import type { Needs as SmartIdNeeds } from './smart-id/method.ts'
import { openSmsCode, type Needs as SmsCodeNeeds } from './sms-code/method.ts'
import { openTotp, type Needs as TotpNeeds } from './totp/method.ts'

// The ways to prove who you are, one line each, in the order in which a person is offered them. Owns nothing else:
// methods are strangers to one another, login decides who may use which, compose hands each its needs.

export interface Needs {
  /** Absent where no issuers of cards are configured. */
  readonly smartCard?: SmartCardNeeds | undefined
  /** Absent where Mobile-ID is not configured. */
  readonly mobileId?: MobileIdNeeds | undefined
  /** Absent where Smart-ID is not configured. */
  readonly smartId?: SmartIdNeeds | undefined
  /** Absent where passkeys are off. */
  readonly passkey?: PasskeyNeeds | undefined
  /** Services elsewhere that know people, opened already. */
  readonly upstreams?: readonly Method[] | undefined
  readonly totp: TotpNeeds
  /** Absent where no code cards are given out. */
  readonly codeCard?: CodeCardNeeds | undefined
  /** Absent where there is no gateway of text messages. */
  readonly smsCode?: SmsCodeNeeds | undefined
}

/** What reads certificates takes a third of a second to load: only where there are cards. */
async function smartCard(needs: SmartCardNeeds): Promise<Method> {
  const { openSmartCard } = await import('./smart-card/method.ts')
  return openSmartCard(needs)
}

async function mobileId(needs: MobileIdNeeds): Promise<Method> {
  const { openMobileId } = await import('./mobile-id/method.ts')
  return openMobileId(needs)
}

async function smartId(needs: SmartIdNeeds): Promise<Method> {
  const { openSmartId } = await import('./smart-id/method.ts')
  return openSmartId(needs)
}

export async function openMethods(needs: Needs): Promise<readonly Method[]> {
  return [
    ...(needs.smartCard ? [await smartCard(needs.smartCard)] : []),
    ...(needs.mobileId ? [await mobileId(needs.mobileId)] : []),
    ...(needs.smartId ? [await smartId(needs.smartId)] : []),
    ...(needs.upstreams ?? []),
    ...(needs.passkey ? [openPasskey(needs.passkey)] : []),
    openTotp(needs.totp),
    ...(needs.smsCode ? [openSmsCode(needs.smsCode)] : []),
    ...(needs.codeCard ? [openCodeCard(needs.codeCard)] : []),
  ]
}

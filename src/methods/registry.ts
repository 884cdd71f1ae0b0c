import type { Method } from './method.ts'
import type { Needs as SmartCardNeeds } from './smart-card/method.ts'
import { openSmsCode, type Needs as SmsCodeNeeds } from './sms-code/method.ts'
import { openTotp, type Needs as TotpNeeds } from './totp/method.ts'

// The ways to prove who you are, one line each, in the order in which a person is offered them. Owns nothing else:
// methods are strangers to one another, login decides who may use which, compose hands each its needs.

export interface Needs {
  /** Absent where no issuers of cards are configured. */
  readonly smartCard?: SmartCardNeeds | undefined
  readonly totp: TotpNeeds
  /** Absent where there is no gateway of text messages. */
  readonly smsCode?: SmsCodeNeeds | undefined
}

/** What reads certificates takes a third of a second to load: only where there are cards. */
async function smartCard(needs: SmartCardNeeds): Promise<Method> {
  const { openSmartCard } = await import('./smart-card/method.ts')
  return openSmartCard(needs)
}

export async function openMethods(needs: Needs): Promise<readonly Method[]> {
  return [
    ...(needs.smartCard ? [await smartCard(needs.smartCard)] : []),
    openTotp(needs.totp),
    ...(needs.smsCode ? [openSmsCode(needs.smsCode)] : []),
  ]
}

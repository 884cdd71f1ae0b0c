import type { Frame } from '../../../views/layout.ts'
import { cardPage } from '../../../views/login/card.ts'
import { codePage } from '../../../views/login/code.ts'
import { codeCardPage } from '../../../views/login/code-card.ts'
import { mobileIdPage } from '../../../views/login/mobile-id.ts'
import { passkeyPage } from '../../../views/login/passkey.ts'
import { pinPage } from '../../../views/login/pin.ts'
import { smartIdPage } from '../../../views/login/smart-id.ts'
import { smsCodePage } from '../../../views/login/sms-code.ts'
import type { Json } from '../../identity/json.ts'
import type { CodeCardShow } from '../../methods/code-card/method.ts'
import type { Refusal } from '../../methods/method.ts'
import type { PasskeyShow } from '../../methods/passkey/method.ts'
import type { PinShow } from '../../methods/second-factor.ts'
import type { CardShow } from '../../methods/smart-card/method.ts'
import type { StartShow } from '../../methods/smart-id/method.ts'
import type { SmsShow } from '../../methods/sms-code/method.ts'

// From the form that a method's step names to the page that asks it: one line for each. A page gets what the step says
// and where it stands; what it knows of its method is the shape of `show`.

/** What was typed into the last page, to be given back. */
export interface Typed {
  readonly scheme?: string
  readonly personCode?: string
  readonly code?: string
  readonly phone?: string
}

export interface Asked {
  /** As the method's step says. */
  readonly show: Json | undefined
  readonly trouble: Refusal | undefined
  readonly typed: Typed
  /** Where the page posts to; asked for by GET it is the same page anew. */
  readonly action: string
  /** Where another means can be chosen, if there is one. */
  readonly others: string | undefined
  readonly schemes: readonly string[]
  /** The nonce of the response's policy, which lets our own scripts run. */
  readonly scriptNonce: string
  /** The public address of a script in views/. */
  readonly script: (name: string) => string
  readonly frame: Frame
}

type FormPage = (asked: Asked) => string

export const FORMS: Readonly<Record<string, FormPage>> = {
  'smart-card': ({ show, trouble, action, others, scriptNonce, script, frame }) =>
    cardPage.render(
      { ...(show as unknown as CardShow), action, scripts: [script('login/web-eid.js')], scriptNonce, others, trouble },
      frame,
    ),
  'code-card': ({ show, trouble, typed, action, others, schemes, frame }) => {
    const asked = show as CodeCardShow | undefined
    const here = asked && { here: `${action}/return`, typed: undefined }
    return codeCardPage.render({ ...asked, action, schemes, typed, others, trouble }, { ...frame, ...here })
  },
  passkey: ({ show, trouble, action, others, scriptNonce, script, frame }) => {
    const { options, life } = show as unknown as PasskeyShow
    const asks = { options: JSON.stringify(options), life, script: script('login/passkey.js'), scriptNonce }
    return passkeyPage.render({ action, ...asks, others, trouble }, frame)
  },
  'mobile-id': ({ trouble, typed, action, others, schemes, frame }) =>
    mobileIdPage.render({ action, schemes, typed, trouble, others }, frame),
  pin: ({ show, trouble, action, others, frame }) =>
    // In another language it is this question still: by itself the step would begin anew, and its code is used up.
    pinPage.render(
      { ...(show as PinShow | undefined), action, others, trouble },
      { ...frame, here: `${action}/return`, typed: undefined },
    ),
  'sms-code': ({ show, trouble, typed, action, others, schemes, frame }) => {
    const sent = show as SmsShow | undefined
    // The code's page in another language is that page still; by itself the step would begin anew.
    const here = sent ? { here: `${action}/return`, typed: undefined } : {}
    return smsCodePage.render({ action, schemes, typed, sent, trouble, others }, { ...frame, ...here })
  },
  'smart-id': ({ show, trouble, typed, action, others, frame }) =>
    smartIdPage.render({ ...(show as unknown as StartShow), action, typed, trouble, others }, frame),
  totp: ({ trouble, typed, action, others, schemes, frame }) =>
    codePage.render({ action, schemes, typed, trouble, activation: '/activate', others }, frame),
}

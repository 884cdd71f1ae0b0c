// English words of the passkey: its page, what browsers say when no answer comes, the desk where one is made.
import type { DeskTrouble, PasskeyFault, PasskeyTrouble } from './passkey-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enPasskey = {
  title: 'Sign in with your passkey',
  lead: 'Press the button. Your device then asks for your fingerprint, your face or its PIN, or for your security key. We see none of these.',
  start: 'Use my passkey',
  again: 'Try again',
  without: {
    title: 'This page needs JavaScript to reach your passkey',
    text: 'It is switched off in this browser, or our script did not arrive. Switch it on and load the page anew, or go another way below.',
  },
  asking: 'Your device is asking you now …',
  sending: 'Your passkey has answered. We are checking it …',
  code: 'Code for the help desk',
  make: {
    name: 'What you call this passkey',
    hint: 'So that you know it again, such as “my phone”.',
    start: 'Make the passkey',
    asking: 'Your device is asking you now. Follow what it says …',
    sending: 'The passkey is made. We are keeping it …',
  },
}

export type PasskeyVocabulary = typeof enPasskey

export const enDesk = {
  title: 'A passkey made at the desk',
  lead: 'For the officer: type the code that you were given when you asked for this. It opens this page once, within 15 minutes after a second officer has allowed it.',
  code: 'Code of the desk',
  hint: '12 digits. Spaces don’t matter.',
  act: 'Open',
  key: {
    title: 'Make your passkey',
    lead: (who: string) =>
      `This passkey will be for ${who}. Put your own security key in, or take your own phone: whoever has it can sign in as you.`,
    sure: 'A key that can’t be copied to another device counts as the surest means. One that is kept in an account and follows you to other devices counts for less.',
  },
  done: {
    title: 'Your passkey is ready',
    high: 'It can’t be copied, and the desk has seen it: it will do wherever the surest means is asked for.',
    substantial:
      'It may be copied to your other devices: it will do nearly everywhere, but not where the surest means is asked for.',
    keep: 'Keep it as you keep your keys. If you lose it, call us.',
    close: 'This page can be closed now.',
  },
}

export type DeskVocabulary = typeof enDesk

const nothing = 'Nothing was sent to anyone.'
const helpDesk = 'Call the help desk and tell them the code below.'
const another = 'or go another way.'

export const enPasskeyFaults: Record<PasskeyFault, TroubleWords> = {
  NotAllowedError: {
    title: 'No passkey was used',
    happened: 'The window was closed, the time ran out, or there is no passkey for this service on this device.',
    not: nothing,
    now: 'Try again. If your passkey is on your phone, choose “another device” in the window, or put in your security key.',
  },
  NotMade: {
    title: 'No passkey was made',
    happened: 'The window was closed, or the time ran out.',
    not: 'Nothing has changed.',
    now: 'Press the button once more when you are ready.',
  },
  InvalidStateError: {
    title: 'This device has a passkey for you already',
    happened: 'One is enough on each device or security key.',
    not: 'Nothing has changed.',
    now: 'Use the one that is there, or take another device or key.',
  },
  NotSupportedError: {
    title: 'This device can’t do it',
    happened: 'It makes keys of a kind that we don’t know, or can’t keep any.',
    not: nothing,
    now: 'Take another device or another security key.',
  },
  SecurityError: {
    title: 'The browser does not trust this page with passkeys',
    happened:
      'Passkeys belong to one address. The browser thinks that this is another one, or that the way to it is not safe.',
    not: nothing,
    now: 'Look at the address of this page. If it is not the one you know, close it. Otherwise call the help desk.',
  },
  ConstraintError: {
    title: 'The device can’t check that it is you',
    happened: 'We need a key that asks for a PIN, a fingerprint or a face. This one has none set.',
    not: nothing,
    now: 'Set a PIN or a fingerprint for it in the settings of your device, then try again.',
  },
  AbortError: {
    title: 'The browser broke it off',
    happened: 'Another window or an extension of the browser stepped in between.',
    not: nothing,
    now: 'Close other windows that ask for a passkey, and try again.',
  },
  NoPasskeys: {
    title: 'This browser is too old for passkeys',
    happened: 'It does not have what our page needs to reach a passkey.',
    not: nothing,
    now: 'Bring the browser up to date, or take another one.',
  },
  UnknownError: {
    title: 'The passkey could not be reached',
    happened: 'The browser or the device did not say why.',
    not: nothing,
    now: 'Try again. If it stays so, take the key out and put it in again, or restart the browser.',
  },
}

export const enPasskeyTrouble: Record<PasskeyTrouble, TroubleWords> = {
  'PRT-2101': {
    title: 'We don’t know this passkey',
    happened: 'It was removed here, or it was never made for this service, though your device still offers it.',
    not: nothing,
    now: `Take another passkey, ${another} You can delete the old one on your device.`,
  },
  'PRT-2102': {
    title: 'The passkey’s answer can’t be accepted',
    happened: 'It was not made for this page, or it was changed on the way.',
    not: nothing,
    now: `Look at the address of this page, then try again, ${another}`,
  },
  'PRT-2103': {
    title: 'The page had waited too long',
    happened: 'What your passkey answers is good for five minutes and for one time only.',
    not: 'Your passkey is fine, and nothing was sent to anyone.',
    now: 'Press the button once more: it is all ready again.',
  },
  'PRT-2104': {
    title: 'Nothing came from the passkey',
    happened: 'JavaScript may be switched off, or the button was pressed before the page was ready.',
    not: nothing,
    now: `Switch JavaScript on and try once more, ${another}`,
  },
  'PRT-2105': {
    title: 'This service asks for a surer passkey',
    happened:
      'It takes only passkeys that can’t be copied and that were made at a desk, before an officer. Yours is another kind.',
    not: 'Your passkey is fine, and nothing was sent to anyone.',
    now: 'Go another way. The help desk can tell you where such a passkey is made.',
  },
  'PRT-2106': {
    title: 'This passkey may have been copied',
    happened: 'It counts how often it was used, and its count is behind ours: somebody may have a copy of it.',
    not: 'Nobody was let in with it now, and nothing was sent to anyone.',
    now: `Go another way, and don’t use this passkey any more. ${helpDesk}`,
  },
  'PRT-2107': {
    title: 'This passkey is kept already',
    happened: 'The same key was made known to us before.',
    not: 'Nothing has changed.',
    now: 'Take another device or another security key.',
  },
  'PRT-2108': {
    title: 'You have twenty passkeys',
    happened: 'We keep no more than that for one person.',
    not: 'Nothing has changed.',
    now: 'Remove one that you don’t use any more, then make the new one.',
  },
  'PRT-2109': {
    title: 'Your device did not check that it is you',
    happened: 'We accept a passkey only after a fingerprint, a face or a PIN. This time the device asked for none.',
    not: nothing,
    now: `Set a PIN or a fingerprint for it, then try again, ${another}`,
  },
}

export const enDeskTrouble: Record<DeskTrouble, TroubleWords> = {
  'PRT-2201': {
    title: 'This code does not open the desk',
    happened:
      'A digit is wrong, it was used before, more than 15 minutes have passed, or no second officer has allowed it yet.',
    not: 'Nothing has changed.',
    now: 'Check the code. If it is right, ask the second officer; if it is too old, ask for a new one.',
  },
  'PRT-2202': {
    title: 'Please wait a little',
    happened: 'Several wrong codes were entered. So that nobody can guess one, there is a pause.',
    not: 'Nothing has changed.',
    now: ({ when }) => (when ? `You can try again ${when}.` : 'Try again later.'),
  },
  'PRT-2203': {
    title: 'The time of this desk is over',
    happened: 'Its 15 minutes have passed, the passkey is made already, or it was opened in another browser.',
    not: 'Nothing has changed.',
    now: 'If a passkey is still to be made, the officer asks anew, and a second one allows it.',
  },
}

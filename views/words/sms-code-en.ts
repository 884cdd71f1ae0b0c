// English words of the code by text message: its page, the messages themselves, and its troubles.
import type { SmsCodeShape, SmsTrouble } from './sms-code-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enSmsCode: SmsCodeShape = {
  who: {
    title: 'Who gets the code?',
    lead: 'We send 6 digits to the phone that is kept for your person number.',
    send: 'Send me the code',
  },
  code: {
    title: 'Enter the code from the message',
    sent: 'If a phone is kept with us for this person number, a message with 6 digits is on its way.',
    sentTo: 'A message with 6 digits is on its way to',
    label: 'Code from the message',
    hint: (until) => `6 digits. Good until ${until}.`,
    again: 'Send a new code',
    from: (when) => `No message? You can have a new code sent ${when}.`,
    anew: 'Another person number',
    never: 'Nobody from us ever asks you for this code, not by phone and not by message.',
  },
  /** What is sent. The 160 characters of GSM-7 are enough for the first, mostly. */
  messages: {
    code: [
      (code, agency) =>
        `${code} is your code for ${agency}. Give it to nobody: we never ask for it by phone or message.`,
      (code, agency) => `${code} is your code for ${agency}. We never ask you for it.`,
    ],
    added: (means, phone) => `A way to sign in as you was added: ${means}. Not you? Call ${phone}.`,
    removed: (means, phone) => `A way to sign in as you was removed: ${means}. Not you? Call ${phone}.`,
    recovered: (_means, phone) =>
      `The help desk has given you new ways to sign in. You did not ask for it? Call ${phone}.`,
    wiped: (means, phone) =>
      `Ways to sign in that nobody had confirmed were removed: ${means}. Questions? Call ${phone}.`,
    opened: (means, phone) => `Signing in with this was opened again: ${means}. Not you? Call ${phone}.`,
    addressChanged: (_means, phone) => `Your e-mail address with us is being changed. Not you? Call ${phone}.`,
    addressRemoved: (_means, phone) => `Your e-mail address with us was removed. Not you? Call ${phone}.`,
    newDevice: (means, phone) => `Somebody signed in as you on a new device: ${means}. Not you? Call ${phone}.`,
    orHere: (link) => `Or say so here: ${link}`,
    blocked: (means, phone) => `Signing in with this was blocked: ${means}. Not you? Call ${phone}.`,
  },
}

export const enSmsTrouble: Record<SmsTrouble, TroubleWords> = {
  'PRT-1901': {
    title: 'This is not the code that we sent',
    happened: 'A digit is wrong, or the code is from an earlier message.',
    now: 'Look at the newest message and enter its 6 digits.',
  },
  'PRT-1902': {
    title: 'This code is no longer good',
    happened: 'A code is good for 5 minutes, for 5 tries, and once.',
    not: 'Nothing was sent to anyone.',
    now: 'Have a new code sent to your phone.',
  },
  'PRT-1903': {
    title: 'Not another message just yet',
    happened:
      'Between two messages there is a minute, and there are at most three in ten minutes: so nobody can flood your phone.',
    not: 'The code that you have stays good.',
    now: ({ when }) =>
      when
        ? `You can have another one sent ${when}. A code that has arrived can be entered now.`
        : 'Wait a little, then ask for another one. A code that has arrived can be entered now.',
  },
  'PRT-1904': {
    title: 'We can’t send messages just now',
    happened: 'The service that carries our messages to your phone does not answer.',
    not: 'Your phone is not to blame, and nothing was sent to anyone.',
    now: 'Choose another way, or try again in a few minutes.',
  },
  'PRT-1905': {
    title: 'The code has 6 digits',
    happened: 'What was entered is shorter, longer or has letters in it.',
    now: 'Enter the 6 digits from the message.',
  },
  'PRT-1906': {
    title: 'We can’t send messages to this number',
    happened: 'The number is incomplete, or of a country to which we send none.',
    not: 'Nothing was changed.',
    now: 'Check the number, figure by figure, with the country’s prefix when it is a foreign one.',
  },
}

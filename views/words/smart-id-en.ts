// English words of Smart-ID.
import type { SmartIdTrouble } from './smart-id-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enSmartId = {
  title: 'Sign in with Smart-ID',
  lead: 'The next page shows a square code. You scan it with the Smart-ID app on your phone, and confirm there with your PIN1.',
  same: 'If the app is on this device, the next page has a button that opens it.',
  start: 'Show the code',
  scan: {
    title: 'Scan this code with the Smart-ID app',
    alt: 'Square code for the Smart-ID app. It changes every second.',
    how: 'Open Smart-ID on your phone and scan the code. The app names the service that you are going to: confirm only if it is the right one.',
    open: 'Open Smart-ID on this device',
    orOpen: 'Is the app on this device?',
    back: 'You have confirmed in the app. It opens the page on which you go on: in this browser, maybe in another tab.',
    backTitle: 'Go on where the app leads you',
  },
  notify: {
    title: 'Or: by your person number',
    lead: 'We send a question to your phone. Do this only if you can’t scan.',
    start: 'Send to my phone',
    codeTitle: 'Choose this number on your phone',
    code: 'The Smart-ID app shows three numbers. Choose this one:',
    otherwise: 'If this number is not among them, refuse in the app and stop here.',
  },
}

export type SmartIdVocabulary = typeof enSmartId

const nothing = 'Nothing was sent to the agency.'
const fine = 'Your Smart-ID is not broken.'
const another = 'Choose another way to sign in, or try again.'
const later = 'Wait a few minutes and try again, or choose another way to sign in.'
const help = 'Choose another way to sign in, and tell the help desk the code below.'
const inApp = 'Open the Smart-ID app: it says what is to be done. Until then choose another way to sign in.'

export const enSmartIdTrouble: Record<SmartIdTrouble, TroubleWords> = {
  'PRT-1801': {
    title: 'You refused in the app',
    happened: 'The Smart-ID app told us that you said no.',
    not: nothing,
    now: another,
  },
  'PRT-1802': {
    title: 'The time is over',
    happened: 'Nobody confirmed in the Smart-ID app in time.',
    not: nothing,
    now: another,
  },
  'PRT-1803': {
    title: 'Your Smart-ID account can’t be used',
    happened: 'Smart-ID says that this account is not usable at present.',
    not: nothing,
    now: inApp,
  },
  'PRT-1804': {
    title: 'That was another number',
    happened: 'A number was chosen in the app that this page did not show. Did you begin this sign-in yourself?',
    not: nothing,
    now: 'If it was a slip, try again. If you did not begin it, somebody else did: do nothing more.',
  },
  'PRT-1805': {
    title: 'Your Smart-ID app is too old',
    happened: 'It can’t show what we ask.',
    not: nothing,
    now: 'Update the app and try again, or choose another way to sign in.',
  },
  'PRT-1806': {
    title: 'No account was chosen',
    happened: 'You have several Smart-ID accounts, and none was chosen in the app.',
    not: nothing,
    now: another,
  },
  'PRT-1807': {
    title: 'You cancelled in the app',
    happened: 'The Smart-ID app told us that you pressed cancel before the PIN.',
    not: nothing,
    now: another,
  },
  'PRT-1808': {
    title: 'The app could not use the code',
    happened: 'The code was too old when it was scanned, or it was not ours.',
    not: nothing,
    now: 'Try again: scan the code straight from this screen, not from a picture of it.',
  },
  'PRT-1809': {
    title: 'Smart-ID wants another way of asking',
    happened: 'The app expected a question of another kind than ours.',
    not: fine,
    now: help,
  },
  'PRT-1810': {
    title: 'Smart-ID has a fault',
    happened: 'The sign-in was broken off on Smart-ID’s side.',
    not: fine,
    now: later,
  },
  'PRT-1811': {
    title: 'Your Smart-ID account can’t be used now',
    happened: 'Smart-ID says that there is something to be settled about this account.',
    not: nothing,
    now: inApp,
  },
  'PRT-1812': {
    title: 'Smart-ID gave an unknown answer',
    happened: 'It ended the sign-in in a way that we do not know.',
    not: nothing,
    now: help,
  },
  'PRT-1820': {
    title: 'Smart-ID did not accept our question',
    happened: 'Something is wrong with how we ask. That is for us to put right.',
    not: fine,
    now: help,
  },
  'PRT-1821': {
    title: 'Smart-ID does not know us',
    happened: 'Our service could not identify itself there. That is for us to put right.',
    not: fine,
    now: help,
  },
  'PRT-1822': {
    title: 'We may not ask Smart-ID this',
    happened: 'Smart-ID refused our service. That is for us to put right.',
    not: fine,
    now: help,
  },
  'PRT-1823': {
    title: 'No Smart-ID account was found',
    happened: 'For this person number there is no account that could be used here.',
    not: nothing,
    now: 'Check the number, or choose another way to sign in.',
  },
  'PRT-1824': {
    title: 'Smart-ID lost the sign-in',
    happened: 'Smart-ID does not know the sign-in any more that was begun a moment ago.',
    not: nothing,
    now: another,
  },
  'PRT-1825': {
    title: 'Our link to Smart-ID is too old',
    happened: 'Smart-ID asks us to renew it. That is for us to do.',
    not: fine,
    now: help,
  },
  'PRT-1826': {
    title: 'Smart-ID is being serviced',
    happened: 'Smart-ID is closed for maintenance.',
    not: fine,
    now: later,
  },
  'PRT-1827': {
    title: 'Too many people use Smart-ID now',
    happened: 'Smart-ID accepts no more questions from us for a moment.',
    not: fine,
    now: later,
  },
  'PRT-1828': {
    title: 'Smart-ID is out of order',
    happened: 'Its service says that it can’t answer just now.',
    not: fine,
    now: later,
  },
  'PRT-1829': {
    title: 'Smart-ID can’t be reached',
    happened: 'Its service does not answer us.',
    not: fine,
    now: later,
  },
  'PRT-1830': {
    title: 'Smart-ID’s answer makes no sense',
    happened: 'Its service answered with something that we can’t read.',
    not: fine,
    now: later,
  },
  'PRT-1831': {
    title: 'The answer was not accepted',
    happened: 'The answer that came from Smart-ID does not prove who you are.',
    not: nothing,
    now: help,
  },
  'PRT-1832': {
    title: 'Your Smart-ID has expired',
    happened: 'The certificate of your account is no longer valid, or not yet.',
    not: nothing,
    now: inApp,
  },
  'PRT-1833': {
    title: 'Your Smart-ID has been cancelled',
    happened: 'Those who issued it say that it is no longer valid. Perhaps it was reported lost.',
    not: nothing,
    now: 'Choose another way to sign in. If you reported nothing, ask Smart-ID and call the help desk.',
  },
  'PRT-1834': {
    title: 'Your Smart-ID can’t be checked just now',
    happened: 'Those who issued it do not tell us whether it is still valid.',
    not: fine,
    now: later,
  },
  'PRT-1835': {
    title: 'This Smart-ID account is not strong enough',
    happened: 'You have a Smart-ID Basic account. Here a full account is needed.',
    not: nothing,
    now: 'Choose another way to sign in. Smart-ID says how a basic account becomes a full one.',
  },
  'PRT-1836': {
    title: 'Accounts like yours are stopped for now',
    happened: 'Sign-ins with these Smart-ID accounts were stopped for safety.',
    not: nothing,
    now: 'Choose another way to sign in.',
  },
  'PRT-1837': {
    title: 'Somebody else confirmed',
    happened: 'The answer came from another person than the one whose number was typed.',
    not: nothing,
    now: 'Check the person number and try again.',
  },
  'PRT-1838': {
    title: 'This does not belong to your sign-in',
    happened: 'The app came back with something that is not of the sign-in in this browser. It may be an older one.',
    not: nothing,
    now: 'Try again. If somebody sent you a link, do not follow it.',
  },
  'PRT-1839': {
    title: 'The app went back to another browser',
    happened:
      'You confirmed, but the app did not come back to this browser. If somebody sent you a link, the sign-in was theirs.',
    not: 'Nobody was signed in.',
    now: 'Try again and let the app open this browser, or scan the code with a phone.',
  },
}

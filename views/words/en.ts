// English: the master. Its shape is what Thai and Estonian must fill; a missing text there is a compile error.
// The voice: to a worried citizen, not about a system. What happened, what did not happen, what to do now.
import type { MethodId } from '../../src/identity/identifiers.ts'
import type { SchemeId } from '../../src/identity/person-id.ts'
import { enCard } from './card-en.ts'
import { enCodeCard } from './code-card-en.ts'
import { enMail } from './mail-en.ts'
import { enMe } from './me-en.ts'
import { enMobileId } from './mobile-id-en.ts'
import { enOwn } from './own-en.ts'
import { enDesk, enPasskey } from './passkey-en.ts'
import { enPin } from './pin-en.ts'
import { enSession } from './session-en.ts'
import { enSmartId } from './smart-id-en.ts'
import { enSmsCode } from './sms-code-en.ts'
import { enWait } from './wait-en.ts'

export const en = {
  frame: {
    trial: 'Demonstration. Nothing here is real',
    skip: 'Skip to content',
    languages: 'Language',
    towards: 'You are signing in to',
    help: 'Need help? Call',
    privacy: 'What we keep about you',
    footer: 'Help and information',
    /** Beside the name, for whoever does not read the Latin one. */
    mark: 'Pratu',
  },
  acts: {
    continue: 'Continue',
    signIn: 'Sign in',
    cancel: 'Cancel',
    cancelTo: (agency: string) => `Cancel and go back to ${agency}`,
    backTo: (agency: string) => `Back to ${agency}`,
    again: 'Start again',
    other: 'Choose another way',
    own: 'See where I am signed in',
    front: 'To the front page',
  },
  methods: {
    'smart-card': {
      title: 'Card with a chip',
      small: 'Put it into a card reader and type its PIN. The Thai ID card does not work yet',
    },
    'mobile-id': { title: 'Mobile-ID', small: 'Confirm with the SIM card of your phone' },
    'smart-id': { title: 'Smart-ID', small: 'Scan a square code, or open the app on this device' },
    thaid: { title: 'ThaID app', small: 'Scan a square code, or open the app on this device' },
    mitid: { title: 'MitID', small: 'Denmark’s app or code display' },
    passkey: { title: 'Passkey', small: 'Fingerprint, face or PIN of this device, or a security key' },
    totp: { title: 'One-time code', small: '6 digits from the authenticator app on your phone' },
    'sms-code': { title: 'Code by text message', small: '6 digits sent to your phone' },
    'code-card': { title: 'Code card', small: 'A number from the printed card that you were given' },
  } satisfies Record<MethodId, { title: string; small: string }>,
  schemes: {
    TH: {
      country: 'Thailand',
      code: 'Person number',
      hint: '13 digits, on the front of your card. Spaces don’t matter.',
    },
    EE: {
      country: 'Estonia',
      code: 'Personal code',
      hint: '11 digits, on the front of your card. Spaces don’t matter.',
    },
    LV: { country: 'Latvia', code: 'Personal code', hint: '11 digits, with or without the hyphen' },
    LT: { country: 'Lithuania', code: 'Personal code', hint: '11 digits. Spaces don’t matter.' },
    FI: { country: 'Finland', code: 'Personal identity code', hint: '11 characters, such as 131052-308T' },
    FINUID: {
      country: 'Finland, number on the card',
      code: 'Electronic client identifier',
      hint: '8 digits and a sign',
    },
    BE: { country: 'Belgium', code: 'National register number', hint: '11 digits, on the back of your card' },
    DK: { country: 'Denmark', code: 'CPR number', hint: '10 digits, with or without the hyphen' },
    SG: { country: 'Singapore', code: 'NRIC or FIN', hint: 'A letter, 7 digits and a letter' },
    KR: { country: 'South Korea', code: 'Resident registration number', hint: '13 digits, with or without the hyphen' },
  } satisfies Record<SchemeId, { country: string; code: string; hint: string }>,
  person: {
    scheme: 'Country of your person number',
    code: 'Person number',
    hint: 'As it stands on your card. Spaces and hyphens don’t matter.',
  },
  choose: {
    title: 'Choose how to prove who you are',
    lead: 'Sign in once and use every agency that takes part.',
    weak: 'This service asks for a surer way',
    off: 'Not available just now. Try again in a few minutes',
    closed: 'Switched off at the moment',
    last: 'Used last time',
  },
  code: {
    title: 'Enter your person number and the 6-digit code',
    label: '6-digit code',
    hint: 'Open the authenticator app. The code changes every 30 seconds.',
    left: (tries: number) => (tries === 1 ? '1 try left, then a wait' : `${tries} tries left, then a wait`),
    wait: (when: string) => `You can try again ${when}`,
    noCode: 'No code yet? Enter the activation code from your letter',
  },
  card: enCard,
  passkey: enPasskey,
  desk: enDesk,
  smartId: enSmartId,
  smsCode: enSmsCode,
  pin: enPin,
  codeCard: enCodeCard,
  mobileId: enMobileId,
  wait: enWait,
  consent: {
    title: 'This will be sent',
    lead: (agency: string) => `${agency} asks for this about you. It gets nothing else.`,
    purpose: 'What for',
    ground: 'On what ground',
    consent: 'Your consent. You can say no, and you can take it back later on your own page or by calling us',
    anyway: 'Sent in any case, because the law says so',
    officer: 'Who answers for it',
    allow: 'I agree, send it',
    deny: 'Don’t send, go back',
  },
  trouble: {
    now: 'What to do now',
    code: 'Code',
    time: 'Time',
    phone: 'Telephone',
    request: 'Request number',
    from: (time: string) => `from ${time}`,
  },
  formPost: {
    title: 'Taking you back',
    lead: (agency: string) => `We are taking you back to ${agency}. If nothing happens, press the button.`,
  },
  switchPerson: {
    title: 'Somebody else is signed in here',
    lead: 'This browser is still signed in as another person. Nothing has been sent to anyone.',
    now: 'End the other sign-in first. You can then go on as yourself.',
    act: 'Sign the other person out and go on',
  },
  session: enSession,
  activate: {
    title: 'Enter the code from your letter',
    lead: 'The letter came by post. Its activation code works once, for 30 days.',
    label: 'Activation code',
    hint: '16 digits, as printed in the letter. Spaces don’t matter.',
    act: 'Activate',
  },
  activated: {
    title: 'Now connect your phone',
    lead: 'Do this now: for your safety this page can’t be shown a second time.',
    steps: [
      'Install an authenticator app on your phone, if you have none. Any app that makes 6-digit codes will do',
      'In the app choose “add” and take a picture of the square below',
      'From now on the app shows you a new 6-digit code every 30 seconds. Use it when you sign in',
    ],
    picture: 'Square code for the authenticator app',
    open: 'This is my phone: open the app',
    typed: 'Can’t take a picture? Type this key into the app instead.',
    warning: 'Show this to nobody. We never ask for it, not on the telephone either.',
  },
  me: enMe,
  own: enOwn,
  mail: enMail,
  letter: {
    /** Ends a sentence. */
    stop: '.',
    subject: 'Your activation code for signing in to public services',
    intro:
      'With this code you connect your phone. After that you sign in to every agency with a 6-digit code from your phone',
    codeLabel: 'Your activation code',
    until: (date: string) => `Works once, until ${date}`,
    steps: (address: string): readonly string[] => [
      `Go to ${address}`,
      'Enter your person number and the activation code above',
      'Follow the page: it shows a square to take a picture of with the authenticator app on your phone',
    ],
    warning: 'Give this code to nobody. We never ask for it by telephone, message or at your door',
    notYou: 'Is this letter not for you? Please send it back unopened, or call us',
    help: (phone: string) => `Help: call ${phone}`,
  },
  privacy: {
    title: 'What we keep about you',
    lead: 'What signing in needs, no longer than it needs it.',
    parts: [
      [
        'You',
        'Your names, birth date and person numbers, as the person register has them. They are encrypted: whoever steals the files finds nobody in them.',
      ],
      [
        'What you sign in with',
        'The key that you share with your app and your telephone number, encrypted. Of a PIN and of the codes on a card only a form from which they can’t be read, of a passkey its public half. A new one takes the place of the former.',
      ],
      [
        'In your browser',
        'Small notes (cookies) with random marks and your language. We don’t track you, and nothing is loaded from elsewhere.',
      ],
      [
        'What agencies learn',
        'What their agreement names, and nothing else. Agencies that have nothing to do with each other know you by different numbers, so that they can’t put their files together.',
      ],
    ] as readonly (readonly [string, string])[],
    open: 'An open sign-in',
    openText: (idle: string, most: string, idleHigh: string) =>
      `It ends when you sign out, after ${idle} without use (${idleHigh} if you came with a card or a mobile-ID), and after ${most} in any case.`,
    record: 'The record',
    recordText: (time: string) =>
      `When you signed in, where, and what was sent to whom, so that it can be shown to you. Its content is erased after ${time}.`,
    rights: 'What you can ask for',
    rightsText: 'To see what is kept, to have a mistake put right, to take back a consent. Call us:',
  },
  front: {
    title: 'One door to every public service',
    lead: 'You come here when an agency asks you to sign in. Go to the agency you need and begin there.',
    letter: 'I have a letter with an activation code',
  },
  demo: {
    peopleTitle: 'Choose somebody and sign in',
    peopleLead: 'These people don’t exist. Note a person number and its code, open an agency and sign in.',
    peopleCard:
      'Or sign in with a card: everybody here has one. The reader appears on the screen, and the PIN is 1234.',
    codeCard: 'Code card',
    agencies: 'Agencies',
    open: (agency: string) => `Open ${agency}`,
    people: 'People',
    code: 'Code now',
    lives: (time: string) => `These codes live ${time} more; each works once`,
    fresh: 'Show new codes',
    agencySite: 'A make-believe agency site',
    welcome: (agency: string) => `Welcome to ${agency}`,
    signedOutLead: 'Sign in to see what is kept here for you.',
    leftLead: 'Your visit here is over. Other services may still be open in this browser.',
    signedIn: 'You are signed in',
    signedInAs: (name: string) => `You are signed in as ${name}`,
    claims: 'This is what we learned about you',
    more: { 'latin-name': 'Add my name in Latin letters', surer: 'Open my tax file: needs a card' },
    other: (agency: string) => `Go on to ${agency}, which knows you already`,
    signOut: 'Sign out',
    trouble: {
      cancelled: 'You are not signed in here. Nothing about you was sent',
      declined: 'Nothing more about you was sent. You are signed in here as before',
      unmet: 'This site asks for a surer way of signing in than you have',
      failed: 'Signing in did not work this time. Please try once more',
      stale: 'That sign-in was not begun here, or it is already finished. Please begin again',
      unreachable: 'The door does not answer just now. Please try again in a minute',
    },
  },
}

/** What every language must say. */
export type Vocabulary = typeof en

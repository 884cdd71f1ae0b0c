// English words of the citizen's own page: their means, adding and taking away, and the ways they shut.
import type { MeTrouble } from './me-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enMe = {
  name: 'My door',
  lead: 'Everything done in your name, and the means to stop it.',
  who: (name: string) => `You are here as ${name}.`,
  back: 'Back to my door',
  leave: 'Sign out',
  pin: { title: 'PIN', small: 'Asked for after a one-time code, and makes it surer' },
  means: {
    title: 'Your means',
    none: 'You have no means of your own with us yet.',
    others: 'Cards, SIM cards and apps of others are not listed: they belong to whoever gave them to you.',
    by: { desk: 'Given to you at a desk', letter: 'Made with our letter', citizen: 'Added by you' },
    since: (date: string) => `since ${date}`,
    used: (time: string) => `last used ${time}`,
    unconfirmed:
      'You were not surely known when this was added. It goes when you first sign in with a card, Mobile-ID or the like.',
    remove: 'Remove',
    removeNamed: (what: string) => `Remove: ${what}`,
  },
  add: {
    title: 'Add',
    act: 'Add',
    totp: { title: 'Authenticator app', small: 'Makes a new 6-digit code every 30 seconds' },
    pin: { title: 'PIN', small: 'Makes one-time codes good enough for more services' },
    'sms-code': { title: 'Phone number', small: 'For codes by text message, and to tell you of changes' },
    passkey: { title: 'Passkey', small: 'Fingerprint, face or PIN of this device, or a security key' },
    replaces: 'Takes the place of the one you have',
  },
  ways: {
    title: 'Ways into your door',
    all: 'Nothing is shut: every way that proves who you are may be used.',
    shut: 'Shut by you:',
    later: 'Ways that are added in future are shut too.',
    change: 'Open or shut ways',
  },
  wiped: {
    title: 'We have taken away means that were not surely yours',
    text: (date: string) =>
      `On ${date} you signed in for the first time with a means that proves surely who you are. What had been added before without such proof is gone, and whoever was signed in with it is out:`,
    now: 'Was it yours? Add it again below. Was it not? Nothing more is needed.',
    act: 'I have read this',
  },
  app: {
    title: 'Connect your app',
    lead: 'Your app is connected only when a code from it has come back to us.',
    replaces: 'The app you have used until now will then stop working.',
    code: 'Code from the app',
    hint: '6 digits, as the app shows them now',
    act: 'Connect',
  },
  newPin: {
    title: 'Choose a PIN',
    lead: 'We ask for it after a one-time code. 6 to 12 digits that nobody can guess: no birthday, no row such as 123456.',
    replaces: 'It takes the place of the PIN you have.',
    pin: 'New PIN',
    pinHint: '6 to 12 digits',
    again: 'The same PIN once more',
    againHint: 'So that a typing mistake does not shut you out',
    act: 'Set the PIN',
  },
  phone: {
    title: 'Your phone number',
    lead: 'We send a code to it, to see that it is yours.',
    replaces: 'It takes the place of the number you have, which is told of it.',
    number: 'Phone number',
    numberHint: 'With the country, such as +66 81 234 5678',
    act: 'Send the code',
    sentTitle: 'Enter the code from your phone',
    sent: (end: string) => `We have sent 6 digits to the number that ends in ${end}. They are good for 5 minutes.`,
    code: 'Code from the text message',
    codeHint: '6 digits',
    confirm: 'Add this number',
    another: 'Another number',
  },
  passkey: {
    title: 'Add a passkey',
    lead: 'Your device makes a key that never leaves it. You open it with your finger, your face or the PIN of the device.',
  },
  remove: {
    title: (what: string) => `Remove: ${what}?`,
    lead: 'It stops working at once. We tell you of it on your other channels.',
    pin: 'Without the PIN your one-time codes are good for fewer services.',
    last: {
      title: 'This is the last means you have with us',
      text: 'Without it you can come in only with a card or an app that somebody else gave you. If you have none, you will need the help desk to come in again.',
    },
    act: 'Remove it',
    actLast: 'Remove my last means',
    keep: 'Keep it',
  },
  blocks: {
    title: 'Which ways may let you in?',
    lead: 'What has no tick can’t be used in your name, not even by somebody who has stolen it. To open a way again you must sign in at least as surely.',
    later: { title: 'Ways that are added in future', small: 'Without a tick, a new way stays shut until you open it' },
    act: 'Save',
  },
  done: {
    added: { title: 'Added', text: 'You can use it from now on.' },
    removed: { title: 'Removed', text: 'It no longer works.' },
    blocks: { title: 'Noted', text: 'From now on only the ways with a tick let you in.' },
    told: 'We have told you of this change on your other channels, where you have any.',
  },
}

export type MeVocabulary = typeof enMe

export const enMeTrouble: Record<MeTrouble, TroubleWords> = {
  'PRT-1107': {
    title: 'You have shut this way yourself',
    happened: 'On your own page you said that nobody is to come in by it, not even with the right card or code.',
    not: 'Nobody got in, and nothing was sent to anyone.',
    now: 'Sign in another way. There you can open this one again under “My door”. If that was not you, or there is no other way, call the help desk.',
  },
  'PRT-2220': {
    title: 'The code does not fit this app',
    happened: 'It may be an older one, a digit may be wrong, or the clock of the phone may be off.',
    not: 'Nothing has changed yet.',
    now: 'Enter the code that the app shows now.',
  },
  'PRT-2221': {
    title: 'This needs a surer sign-in',
    happened: 'To change this, you must have signed in just now by a way that proves as much as what you change.',
    not: 'Nothing has changed.',
    now: 'If you have no such way, the help desk can do it for you.',
  },
  'PRT-2222': {
    title: 'This page had waited too long',
    happened: 'What was begun here is over, or already done.',
    not: 'What you have works as before.',
    now: 'Go back to your door and look. If it is not there, begin anew.',
  },
  'PRT-2223': {
    title: 'You don’t have this any more',
    happened: 'It has been removed meanwhile, perhaps by yourself in another window.',
    not: 'Nothing else has changed.',
    now: 'Go back to your door to see what you have.',
  },
  'PRT-2224': {
    title: 'The two PINs are not the same',
    happened: 'One of them has a typing mistake.',
    not: 'Nothing has changed yet.',
    now: 'Enter the PIN you want twice.',
  },
  'PRT-2226': {
    title: 'One way must stay open',
    happened: 'With every way shut, nobody could come in, not even you.',
    not: 'Nothing has changed.',
    now: 'Put a tick at one of them at least.',
  },
  'PRT-2227': {
    title: 'Please wait a little',
    happened: 'Several wrong codes were entered here.',
    not: 'Your means of signing in are not blocked.',
    now: ({ when }) => (when ? `You can try again ${when}.` : 'Wait a few minutes and try again.'),
  },
}

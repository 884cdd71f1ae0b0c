// English words of the card with a chip: its page, what the browser's extension may answer, and its troubles.
import type { CardTrouble, WebEidFault } from './card-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enCard = {
  title: 'Put your card into the reader',
  lead: 'When the card is in, press the button. A window of the Web eID program then asks for your PIN (PIN1, if your card has two). We never see it.',
  which:
    'Not every card with a chip will do: it must be one that can prove who you are on the internet. The Thai national ID card can’t do that yet.',
  start: 'Sign in with the card',
  again: 'Try again',
  tls: 'No Web eID here? Use the card without it',
  without: {
    title: 'This page needs JavaScript to reach your card',
    text: 'It is switched off in this browser, or our script did not arrive. Switch it on and load the page anew, or go another way below.',
  },
  looking: 'Looking for the Web eID program …',
  pin: 'Web eID is there. Look for its window and type your PIN in it. It waits for two minutes.',
  sending: 'Your card has answered. We are checking it …',
  get: 'Get Web eID (opens in a new tab)',
  /** Where the code of a fault stands, for the help desk. */
  code: 'Code for the help desk',
}

export type CardVocabulary = typeof enCard

const nothing = 'Your card is not broken, and nothing was sent to anyone.'
const sent = 'Nothing about you was sent to anyone.'
const whole = 'Your card is not broken.'
const program = 'Install the newest Web eID, restart the browser, and open this page once more.'

export const enFaults: Record<WebEidFault, TroubleWords> = {
  EXTENSION_UNAVAILABLE: {
    title: 'This browser has no Web eID yet',
    happened:
      'To reach your card, the browser needs the Web eID extension. It is not installed here, or is switched off.',
    not: whole,
    now: 'Install Web eID, or switch its extension on in the browser’s settings. Then load this page anew.',
  },
  NATIVE_UNAVAILABLE: {
    title: 'The Web eID program does not answer',
    happened:
      'The extension is in the browser, but the program beside it, which talks to the card reader, is missing or did not start.',
    not: whole,
    now: program,
  },
  VERSION_MISMATCH: {
    title: 'Web eID is too old here',
    happened: 'The extension or the program on this computer is older than the other one can work with.',
    not: whole,
    now: program,
  },
  VERSION_INVALID: {
    title: 'Web eID does not know its own version',
    happened: 'The extension or the program on this computer was installed only in part.',
    not: whole,
    now: program,
  },
  NATIVE_FATAL: {
    title: 'The card could not be read to the end',
    happened: 'The card was pulled out too early, the reader was unplugged, or the PIN is locked.',
    not: nothing,
    now: 'Push the card all the way in, with the chip first, and press “Try again”. If the PIN is locked, unlock it with the PUK from the envelope of your card; the program that came with your card does that.',
  },
  USER_CANCELLED: {
    title: 'The PIN was not entered',
    happened: 'The window that asks for the PIN was closed.',
    not: nothing,
    now: 'Press “Try again” when you are ready. If the window said that the PIN is locked, unlock it first with the PUK from the envelope of your card.',
  },
  USER_TIMEOUT: {
    title: 'The PIN took longer than two minutes',
    happened: 'Nothing was entered in the window that asks for the PIN. It may have been hidden behind another one.',
    not: nothing,
    now: 'Press “Try again” and look for the window in the task bar.',
  },
  ACTION_TIMEOUT: {
    title: 'No answer came from Web eID',
    happened: 'The extension took our question, and then nothing came for more than two minutes.',
    not: nothing,
    now: 'Check that the reader is plugged in, then press “Try again”. If it happens again, restart the browser.',
  },
  ACTION_PENDING: {
    title: 'A window is already asking for the PIN',
    happened: 'Web eID is still busy with what was asked before.',
    not: nothing,
    now: 'Look for its window in the task bar and type your PIN there, or close it and press “Try again”.',
  },
  CONTEXT_INSECURE: {
    title: 'This connection is not safe enough for a card',
    happened: 'Your browser does not take the connection to us for a safe one. A card is used over https only.',
    not: nothing,
    now: 'Check that the address begins with https and is the one you know, then begin again at the agency.',
  },
  NATIVE_INVALID_ARGUMENT: {
    title: 'Web eID did not understand our question',
    happened: 'The program on this computer refused what our page asked, perhaps because it is an older one.',
    not: nothing,
    now: program,
  },
  MISSING_PARAMETER: {
    title: 'Our question came to Web eID in part',
    happened: 'The extension found something missing in what our page asked.',
    not: nothing,
    now: 'Load this page anew. If it happens again, call the help desk and tell them the code below.',
  },
  UNKNOWN_ERROR: {
    title: 'Web eID stopped and did not say why',
    happened: 'The extension or the program beside it met something it has no word for.',
    not: nothing,
    now: 'Press “Try again”. If it happens again, restart the browser, or call the help desk and tell them the code below.',
  },
}

const helpDesk = 'Call the help desk and tell them the code below, or go another way.'

export const enCardTrouble: Record<CardTrouble, TroubleWords> = {
  'PRT-1601': {
    title: 'We can’t accept this card',
    happened: 'What the card told us is not what we can rely on.',
    not: nothing,
    now: 'Is it the card that you sign in with, and not another one? Try once more with it. If it happens again, call the help desk and tell them the code below.',
  },
  'PRT-1602': {
    title: 'The card is out of date',
    happened: 'Your card is not valid any more, or not valid yet. Each card is good from one day to another.',
    not: sent,
    now: 'Look at the dates on the card. If you have a newer one, use that; if not, ask for one where you got this one. Until then go another way.',
  },
  'PRT-1603': {
    title: 'Cards like yours are closed for now',
    happened: 'To keep you safe, we don’t accept a whole group of cards for the time being, and yours is one of them.',
    not: sent,
    now: 'Go another way. The help desk knows more: tell them the code below.',
  },
  'PRT-1604': {
    title: 'Cards can’t be checked just now',
    happened:
      'Before we let anybody in with a card, we ask its issuer whether it still counts. The issuer does not answer us properly at the moment.',
    not: nothing,
    now: 'Try again in a few minutes, or go another way.',
  },
  'PRT-1605': {
    title: 'The page had waited too long',
    happened: 'What your card answers is good for five minutes and for one time only.',
    not: nothing,
    now: 'Press the button once more: it is all ready again.',
  },
  'PRT-1606': {
    title: 'This card was cancelled',
    happened:
      'Its issuer says that this card does not count any more, for good or for a while, perhaps because it was reported lost.',
    not: sent,
    now: 'If you have a newer card, use that. If you reported nothing, ask where you got the card, and call the help desk.',
  },
  'PRT-1607': {
    title: 'No card came to us',
    happened: 'The browser brought nothing from a card: none was in the reader, or the choice was closed.',
    not: nothing,
    now: 'Put the card in, close the browser and open it again, as it remembers its choice. Then sign in once more, or go another way.',
  },
  'PRT-1608': {
    title: 'We can’t tell whose card this is',
    happened: 'The number on the card stands more than once in the person register.',
    not: sent,
    now: helpDesk,
  },
  'PRT-1609': {
    title: 'Nothing came from the card',
    happened:
      'The form arrived without the card’s answer. JavaScript may be switched off, or the button was pressed before the page was ready.',
    not: nothing,
    now: 'Switch JavaScript on and try once more, or go another way.',
  },
  'PRT-1610': {
    title: 'This service is not open to e-residents',
    happened: 'The agency has agreed to let in people with another kind of card only.',
    not: sent,
    now: 'Go back and ask the agency how else you can do this.',
  },
}

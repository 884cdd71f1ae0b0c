// English words of the PIN that follows a one-time code.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import type { TroubleWords } from './trouble-shape.ts'

export type PinTrouble = Extract<TroubleCode, `PRT-200${string}`>

export const enPin = {
  title: 'Now your PIN',
  lead: 'The code was right. You have set a PIN for more safety: type it now.',
  label: 'PIN',
  hint: '6 to 12 digits, the ones that you chose yourself. Not the PIN of a card or a phone.',
  /** From a card of printed codes. */
  codesLeft: (codes: number) =>
    codes === 1 ? 'Your code card has 1 unused code left.' : `Your code card has ${codes} unused codes left.`,
  newCard: 'Ask for a new card now, so that you have it in time.',
}

export type PinVocabulary = typeof enPin

const kept = 'Nobody got in, and nothing about you was sent to anyone.'

export const enPinTrouble: Record<PinTrouble, TroubleWords> = {
  'PRT-2001': {
    title: 'That is not your PIN',
    happened: 'The code was right, the PIN was not.',
    now: 'Type the PIN that you chose when you set it up here.',
  },
  'PRT-2002': {
    title: 'A short wait for the PIN',
    happened: 'The PIN was wrong several times, so we wait before looking at another. Nobody shall guess it.',
    not: 'Your PIN is not blocked.',
    now: ({ when }) =>
      when ? `You can try again ${when}, or sign in another way.` : 'Wait a little, or sign in another way.',
  },
  'PRT-2003': {
    title: 'Your PIN is stopped for now',
    happened:
      'Very many wrong PINs were typed after right codes. It may have been you, or somebody who has your codes.',
    not: kept,
    now: ({ when }) =>
      when
        ? `You can try again ${when}. If this was not you, call the help desk at once; until then another means lets you in.`
        : 'If this was not you, call the help desk at once. Another means lets you in.',
  },
  'PRT-2004': {
    title: 'Please begin with a new code',
    happened: 'The PIN was not given in time, or not rightly. The code before it works once and is used up.',
    not: kept,
    now: 'Start again and use the next code.',
  },
  'PRT-2005': {
    title: 'This service asks for a PIN as well',
    happened: 'The code was right. This service wants more than a code alone, and you have not set a PIN yet.',
    not: 'Your code works on for other services, and nothing was sent to anyone.',
    now: 'Sign in with a card or an app if you have one. You can then set a PIN on your own page, or the help desk helps you to one.',
  },
  'PRT-2006': {
    title: 'A PIN has 6 to 12 digits',
    happened: 'What was typed is shorter, longer, or has letters in it.',
    now: 'Type 6 to 12 digits.',
  },
  'PRT-2007': {
    title: 'That PIN is too easy to guess',
    happened: 'Repeats, runs such as 123456 and patterns on the keys are what strangers try first.',
    not: 'Nothing was changed.',
    now: 'Choose digits that follow no pattern.',
  },
  'PRT-2008': {
    title: 'That PIN can be guessed from your data',
    happened: 'It is made of your birth date or a part of your person number, which others know.',
    not: 'Nothing was changed.',
    now: 'Choose digits that have nothing to do with you.',
  },
}

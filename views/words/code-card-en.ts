// English words of the printed card of numbered codes: its page, the sheet of paper, and its troubles.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import type { TroubleWords } from './trouble-shape.ts'

export type CodeCardTrouble = Extract<TroubleCode, `PRT-202${string}`>

export const enCodeCard = {
  who: {
    title: 'Sign in with your code card',
    lead: 'Type your person number first. We then ask for one of the codes on your card.',
  },
  title: (number: number) => `Type code number ${number}`,
  lead: (number: number) => `Look for number ${number} on your card and type the 6 digits beside it.`,
  label: (number: number) => `Code number ${number}`,
  hint: 'Each code works once: cross it out afterwards. If you have been given a new card, take the code from that one.',
  otherPerson: 'Type another person number',
  /** The sheet of paper. */
  paper: {
    stop: '.',
    title: 'Code card',
    serial: (serial: string) => `Card ${serial}`,
    next: 'This card takes the place of your earlier one as soon as you have used a code of it. Then destroy the earlier one',
    steps: (address: string): readonly string[] => [
      `Begin at the agency that you need, never at a link in a message. The page that asks for a code has the address ${address}`,
      'It asks for a number. Type the 6 digits beside that number, then cross them out: each works once',
    ],
    warning:
      'Give these codes to nobody and keep no photograph of them. We never ask for more than one, and never by telephone or message',
    lost: (phone: string) => `Card lost, or seen by somebody? Call ${phone} at once`,
    codes: 'Number and code',
  },
}

export type CodeCardVocabulary = typeof enCodeCard

const working = 'Your card still works, and nothing about you was sent to anyone.'

export const enCodeCardTrouble: Record<CodeCardTrouble, TroubleWords> = {
  'PRT-2020': {
    title: 'Person number and code don’t match',
    happened: 'It may be the code beside another number, or a digit is wrong.',
    now: 'Look for the number above on your card and type the code beside it. We ask for the same number until it is right.',
  },
  'PRT-2021': {
    title: 'Please wait a little',
    happened: 'Several wrong codes were typed, so we wait before looking at another. Nobody shall guess your codes.',
    not: 'Your card is not blocked.',
    now: ({ when }) =>
      when ? `You can try again ${when}, or sign in another way.` : 'Wait a little, or sign in another way.',
  },
  'PRT-2022': {
    title: 'Code cards are stopped here for now',
    happened: 'Very many wrong codes were typed for this person number, by you or by somebody else.',
    not: 'Nobody got in, and nothing was sent to anyone.',
    now: ({ when }) =>
      when
        ? `You can try again ${when}. If this was not you, or you can’t wait, call the help desk. Other ways of signing in work as always.`
        : 'If this was not you, or you can’t wait, call the help desk. Other ways of signing in work as always.',
  },
  'PRT-2023': {
    title: 'The code has 6 digits',
    happened: 'What was typed is shorter, longer, or has letters in it.',
    now: 'Type the 6 digits beside the number.',
  },
  'PRT-2024': {
    title: 'Another number is asked for now',
    happened: 'The number that you had before you was answered meanwhile, perhaps by yourself in another window.',
    not: working,
    now: 'Go on with the number that the page shows. If it was not you who answered, call the help desk.',
  },
}

// English words of waiting: the page that stands while something happens on a telephone, and why a phone is left in peace.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import type { Text, TroubleWords } from './trouble-shape.ts'

export type WaitTrouble = Extract<TroubleCode, `PRT-24${string}`>

export const enWait = {
  title: 'Look at your phone',
  same: 'It must show the same number:',
  pin: 'If it is the same, enter your PIN on the phone.',
  otherwise: 'If not, refuse on the phone and stop here.',
  left: 'Time left',
  /** A link, where the page does not go on by itself. */
  go: 'I have confirmed on the phone: go on',
  stop: 'Stop and choose another way',
  stopOnly: 'Stop and start again',
  broken: 'The connection is interrupted. We keep trying.',
}

export type WaitVocabulary = typeof enWait

const later: Text = ({ when }) => (when ? `You can try again ${when}.` : 'Wait a few minutes and try again.')
const others = 'Your other ways of signing in still work.'

export const enWaitTrouble: Record<WaitTrouble, TroubleWords> = {
  'PRT-2401': {
    title: 'The phone was asked too often',
    happened:
      'In the last ten minutes it was asked three times, and nobody confirmed. So that nobody can pester you, we leave it in peace for a while.',
    not: others,
    now: later,
  },
  'PRT-2402': {
    title: 'The phone is being asked already',
    happened:
      'A moment ago a question was sent to it, from here or from another browser. It still waits for an answer.',
    not: others,
    now: ({ when }) =>
      `Answer it on the phone, or refuse it if you did not ask for it.${when ? ` A new one can be sent ${when}.` : ''}`,
  },
  'PRT-2403': {
    title: 'The phone said no a moment ago',
    happened: 'The last question was refused there. We wait a minute before we ask again.',
    not: others,
    now: later,
  },
}

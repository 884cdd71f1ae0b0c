// English words of Mobile-ID: its form and its troubles.
import type { MobileIdTrouble } from './mobile-id-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const enMobileId = {
  title: 'Sign in with Mobile-ID',
  lead: 'Mobile-ID lives on the SIM card of your phone. We show you a number, your phone shows the same, and you enter the PIN of your Mobile-ID there.',
  phone: {
    label: 'Phone number',
    hint: (example: string) => `The number with the Mobile-ID, with or without the country code: ${example}.`,
  },
  act: 'Go on: send to my phone',
}

export type MobileIdVocabulary = typeof enMobileId

const nobody = 'Nobody got in, and nothing about you was sent to anyone.'
const whole = 'Your Mobile-ID is not broken.'
const later = 'Wait a few minutes and try again, or choose another way.'
const helpDesk =
  'Try once more, or choose another way. If it happens again, call the help desk and tell them the code below.'
const operator = 'Call your mobile operator: they can see what is wrong with it. Until then choose another way.'

export const enMobileIdTrouble: Record<MobileIdTrouble, TroubleWords> = {
  'PRT-1701': {
    title: 'Check the phone number',
    happened: 'A digit may be missing, or the number is of another country than the one chosen.',
    now: 'Enter it as you dial it at home, or with + and the number of the country in front.',
  },
  'PRT-1702': {
    title: 'This number has no Mobile-ID for you',
    happened: 'The phone number and the person number don’t belong together, or the Mobile-ID is not switched on.',
    not: nobody,
    now: 'Check both numbers. If they are right, ask your mobile operator whether your Mobile-ID is active, or choose another way.',
  },
  'PRT-1703': {
    title: 'Nobody answered on the phone',
    happened: 'We waited two minutes for the PIN.',
    not: whole,
    now: 'Take the phone in your hand and try again. If nothing appears on it, restart it.',
  },
  'PRT-1704': {
    title: 'It was refused on the phone',
    happened: 'Somebody pressed “cancel” there, or closed the question.',
    not: nobody,
    now: 'Was it you? Then you can try again in a minute. If you had not asked for it, somebody else entered your numbers: refusing was right.',
  },
  'PRT-1705': {
    title: 'Your SIM card answered to something else',
    happened: 'What the phone signed is not what we had sent. The SIM card or its Mobile-ID is set up wrongly.',
    not: nobody,
    now: operator,
  },
  'PRT-1706': {
    title: 'We can’t reach your phone',
    happened: 'It is switched off, in flight mode, or has no network just now.',
    not: whole,
    now: 'Switch it on, look for a place with network, and try again.',
  },
  'PRT-1707': {
    title: 'The question did not reach your phone',
    happened: 'The network could not hand it over.',
    not: whole,
    now: 'Restart the phone and try again in a minute, or choose another way.',
  },
  'PRT-1708': {
    title: 'Your SIM card could not do it',
    happened: 'The phone was reached, but its SIM card reported a fault.',
    not: nobody,
    now: `Restart the phone and try again. If it happens again: ${operator[0]?.toLowerCase()}${operator.slice(1)}`,
  },
  'PRT-1709': {
    title: 'Mobile-ID answered something we don’t know',
    happened: 'The service behind Mobile-ID ended the question in a way that we can’t explain.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1711': {
    title: 'Mobile-ID did not take our question',
    happened: 'The service behind Mobile-ID found something wrong with what we asked. You did nothing wrong.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1712': {
    title: 'Mobile-ID does not let us ask',
    happened: 'The service behind Mobile-ID did not recognise us. This is our doing, not yours.',
    not: nobody,
    now: 'Choose another way. The help desk would like to hear of it: tell them the code below.',
  },
  'PRT-1713': {
    title: 'Mobile-ID has lost the question',
    happened: 'The service behind Mobile-ID no longer knows what we asked, perhaps because it took too long.',
    not: nobody,
    now: 'Try again: you get a new number.',
  },
  'PRT-1714': {
    title: 'Mobile-ID is not where we look for it',
    happened: 'We reached an address that is not the service behind Mobile-ID. This is our doing, not yours.',
    not: nobody,
    now: 'Choose another way. The help desk would like to hear of it: tell them the code below.',
  },
  'PRT-1715': {
    title: 'Very many people use Mobile-ID just now',
    happened: 'The service behind it asks us to wait.',
    not: whole,
    now: later,
  },
  'PRT-1716': {
    title: 'Mobile-ID has a fault',
    happened: 'The service behind it answered that something broke there.',
    not: whole,
    now: later,
  },
  'PRT-1717': {
    title: 'Mobile-ID is being repaired',
    happened: 'The service behind it is closed for a while so that it can be looked after.',
    not: whole,
    now: 'Choose another way, or come back later.',
  },
  'PRT-1718': {
    title: 'We can’t reach Mobile-ID just now',
    happened: 'The service behind it does not answer.',
    not: whole,
    now: later,
  },
  'PRT-1719': {
    title: 'We did not understand Mobile-ID',
    happened: 'What its service answered is not what was agreed.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1720': {
    title: 'We can’t accept this answer',
    happened: 'What came from the phone is nothing that we could be sure of.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1721': {
    title: 'Your Mobile-ID is not valid at present',
    happened: 'It has run out, or its time has not come yet. Every Mobile-ID is good from one day to another.',
    not: nobody,
    now: 'Ask your mobile operator for a new one. Until then choose another way.',
  },
  'PRT-1722': {
    title: 'This Mobile-ID was withdrawn',
    happened: 'Whoever issued it says that it is no longer good, perhaps because a loss was reported.',
    not: nobody,
    now: 'If you reported nothing, ask your mobile operator and call the help desk. Until then choose another way.',
  },
  'PRT-1723': {
    title: 'Mobile-ID can’t be checked just now',
    happened: 'Before we let anybody in, we ask whether their Mobile-ID is still good. Nobody answers us there.',
    not: whole,
    now: later,
  },
  'PRT-1724': {
    title: 'Somebody else answered',
    happened: 'The answer names another person than the one whose number was entered.',
    not: nobody,
    now: 'Check the phone number and the person number. If they are right, call the help desk and tell them the code below.',
  },
  'PRT-1725': {
    title: 'The answer does not fit our question',
    happened: 'It was signed for something else, or by another phone.',
    not: nobody,
    now: helpDesk,
  },
  'PRT-1726': {
    title: 'A Mobile-ID like yours is stopped for now',
    happened: 'To protect you, we take no answers of a certain kind for a while, and yours is one of them.',
    not: nobody,
    now: 'Choose another way. The help desk knows more: tell them the code below.',
  },
}

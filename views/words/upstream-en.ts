import type { TroubleWords } from './trouble-shape.ts'

// What people are told when a way that depends on somebody outside does not go on.

export const enUpstreamTrouble = {
  'PRT-1106': {
    title: 'This way of signing in can’t be had just now',
    happened: 'Those whom we must ask about it do not answer.',
    not: 'Your own means of signing in are not broken.',
    now: 'Choose another way, or try again in a few minutes.',
  },
  'PRT-2301': {
    title: 'It was refused in the app',
    happened: 'Somebody pressed “refuse” in the app, or closed it. Perhaps you did.',
    not: 'Nothing was sent to anyone.',
    now: 'If it was you, begin again or choose another way. If it was not you, there is nothing you need to do: nobody got in.',
  },
  'PRT-2302': {
    title: 'That took too long',
    happened: 'The app’s answer came too late, or had been used already, as after going back in the browser.',
    not: 'Nothing was sent to anyone.',
    now: 'Begin again and confirm in the app.',
  },
  'PRT-2303': {
    title: 'The app’s service does not answer',
    happened: 'We can’t reach the service behind the app.',
    not: 'Your app is not broken, and nothing was sent to anyone.',
    now: 'Choose another way, or try again in a few minutes.',
  },
  'PRT-2304': {
    title: 'The app’s service won’t let us in',
    happened: 'Something is set up wrongly between us and the service behind the app. You did nothing wrong.',
    not: 'Nothing was sent to anyone.',
    now: 'Choose another way. If you can’t, call the help desk and tell them the code below.',
  },
  'PRT-2305': {
    title: 'We can’t accept that answer',
    happened: 'What came to us from the app’s service is not as it should be, so we stopped.',
    not: 'Nothing was sent to anyone.',
    now: 'Begin again. If it happens once more, choose another way or call the help desk and tell them the code below.',
  },
  'PRT-2306': {
    title: 'The app does not know you surely enough',
    happened: 'The app’s service did not tell us how surely it has checked who you are, or it has not checked enough.',
    not: 'Nothing was sent to anyone.',
    now: 'Choose another way. In the app you can see whether something is still to be confirmed; or call the help desk.',
  },
} satisfies Record<string, TroubleWords>

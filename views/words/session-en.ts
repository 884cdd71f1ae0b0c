// English words of a session that is there already, and of its end.

export const enSession = {
  goOn: {
    /** The person's name. */
    title: (name: string) => `You are signed in as ${name}`,
    lead: (agency: string) => `${agency} asks before it lets you in. Is this you?`,
    act: 'Yes, continue',
    other: 'I am somebody else',
    shared: 'On a shared computer somebody may have forgotten to sign out.',
  },
  signOut: {
    title: 'Sign out?',
    lead: (agency: string) => `You are leaving ${agency}. Shall we end your sign-in in this browser too?`,
    plain: 'Shall we end your sign-in in this browser?',
    others: 'You are signed in here too:',
    means:
      'After signing out everywhere no agency can let you in from this browser until you sign in again. We tell every agency that can be told, and show you which of them have confirmed.',
    act: 'Sign out everywhere',
    here: (agency: string) => `Only from ${agency}`,
    stay: 'Stay signed in',
    stayAt: (agency: string) => `No, back to ${agency}`,
  },
  signedOut: {
    title: 'You are signed out',
    lead: 'To get in again from this browser, somebody must prove who they are. On a shared computer, close the browser too.',
  },
  left: {
    title: (agency: string) => `You have left ${agency}`,
    lead: 'You are still signed in to other services in this browser. On a shared computer, sign out everywhere.',
  },
  ended: {
    title: 'You are signed out everywhere',
    telling:
      'Your sign-in in this browser has ended. We are telling the services where you were signed in, so that they end your visit there too.',
    told: 'Your sign-in in this browser has ended, and the services where you were signed in have been told.',
    shared: 'On a shared computer, close the browser too.',
    list: 'Where you were signed in',
    confirmed: 'has confirmed it',
    waiting: 'has not confirmed yet',
    itself: 'can’t be told by us: if it is still open, sign out there as well',
    wait: 'This page looks again by itself. You need not wait for it: we go on telling them for a day.',
    leads: (agency: string) => `We are taking you back to ${agency}.`,
    again: 'Look again',
    gone: 'This can be looked at for a quarter of an hour after signing out, in the browser where you did. Your sign-in has ended.',
  },
}

export type SessionVocabulary = typeof enSession

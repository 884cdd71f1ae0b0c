// English words of the e-mails that tell people of changes: plain text, and never a link that leads to a sign-in.

export const enMail = {
  subject: {
    'means-added': 'A way of signing in was added',
    'means-removed': 'A way of signing in was removed',
    recovered: 'The help desk gave you a new way of signing in',
    wiped: 'Ways of signing in were taken away',
    'method-blocked': 'A way of signing in was shut',
    'method-opened': 'A way of signing in was opened again',
    'address-changed': 'Your e-mail address is being changed',
    'address-removed': 'Your e-mail address was removed',
    'new-device': 'Somebody signed in as you on a new device',
  },
  what: {
    'means-added': 'This way of signing in as you was added:',
    'means-removed': 'This way of signing in as you was removed:',
    recovered: 'The help desk has let you begin anew. All earlier ways of signing in as you are gone.',
    wiped: 'These ways of signing in were taken away, because nobody sure stood behind them when they were added:',
    'method-blocked': 'Nobody can sign in as you by this any more:',
    'method-opened': 'You can be signed in by this again:',
    'address-changed': 'From now on we write to another address. This is the last message to this one.',
    'address-removed': 'We do not write to this address any more.',
    'new-device': 'You, or somebody who has your means, signed in from a browser that we had not seen with you before:',
  },
  wasYou: 'Was it you? Then there is nothing to do.',
  notYou: 'Was it not you? Say so here; you need not sign in for it:',
  call: (phone: string) => `Or call us: ${phone}`,
  callOnly: (phone: string) => `Was it not you? Call us: ${phone}`,
  never: 'We never ask for a code, a PIN or a password by e-mail, and never send a link to sign in with.',
  code: {
    subject: (code: string) => `${code} is your code`,
    text: (code: string) =>
      `${code} is the code for this e-mail address. Enter it on the page where you asked for it, within 5 minutes.`,
    not: 'You did not ask for it? Then somebody mistyped their address. Nothing happens, and there is nothing to do.',
  },
}

export type MailVocabulary = typeof enMail

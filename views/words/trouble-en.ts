// English: every trouble in the person's words. What happened, what did not happen, what to do now.
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { enCardTrouble } from './card-en.ts'
import { enCodeCardTrouble } from './code-card-en.ts'
import { enMeTrouble } from './me-en.ts'
import { enMobileIdTrouble } from './mobile-id-en.ts'
import { enOwnTrouble } from './own-en.ts'
import { enDeskTrouble, enPasskeyTrouble } from './passkey-en.ts'
import { enPinTrouble } from './pin-en.ts'
import { enSmartIdTrouble } from './smart-id-en.ts'
import { enSmsTrouble } from './sms-code-en.ts'
import type { Text, TroubleWords } from './trouble-shape.ts'
import { enUpstreamTrouble } from './upstream-en.ts'
import { enWaitTrouble } from './wait-en.ts'

const helpDesk = 'Call the help desk and tell them the code below.'
const fromAgency = 'Go back to the agency’s site and begin again there.'
const agencyFault =
  'Go back to the agency’s site and try once more. If it happens again, tell the agency or the help desk the code below.'
const nothingSent = 'Nothing about you was sent to anyone.'
const ours = 'This is our doing, not yours. Nothing about you was lost or sent to anyone.'
const shortly = 'Wait a minute and try again. You need not begin anew: what you started is kept.'
const later: Text = ({ when }) => (when ? `You can try again ${when}.` : 'Wait a few minutes and try again.')

export const enTrouble: Record<TroubleCode, TroubleWords> = {
  'PRT-1001': {
    title: 'This sign-in is no longer open',
    happened:
      'It was begun more than 15 minutes ago, or it is already finished. If you have just signed in, you are in.',
    now: fromAgency,
  },
  'PRT-1002': {
    title: 'We don’t recognise this browser',
    happened: 'The sign-in was begun in another browser, or this one does not keep cookies.',
    not: nothingSent,
    now: 'Begin again at the agency, in this browser. If it happens again, allow cookies for this site.',
  },
  'PRT-1003': {
    title: 'There is no such page',
    happened: 'The address is mistyped, or the page has moved.',
    now: 'Check the address, or begin at the site of the agency you need.',
  },
  'PRT-1004': {
    title: 'We could not read that',
    happened: 'What your browser sent came to us incomplete or too long.',
    not: 'It was not kept.',
    now: fromAgency,
  },
  'PRT-1005': {
    title: 'Too much at once',
    happened: 'Very many requests came from your connection in a short time, perhaps from others who share it.',
    not: 'Your means of signing in are not blocked.',
    now: later,
  },
  'PRT-1006': {
    title: 'You came by a wrong address',
    happened: 'We were called by a name that is not ours.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-1007': {
    title: 'That was too much to read',
    happened: 'What your browser sent is larger than anything we ask for.',
    not: 'It was not kept.',
    now: fromAgency,
  },
  'PRT-1008': {
    title: 'This page can’t be opened like that',
    happened: 'The page is one step of a longer way and can’t be opened by itself.',
    now: fromAgency,
  },
  'PRT-1009': {
    title: 'This did not come from our page',
    happened: 'Another site tried to send a form to us in your name. We stopped it.',
    not: nothingSent,
    now: 'If you were in the middle of signing in, go back and try once more. If not, close the other page.',
  },
  'PRT-1010': {
    title: 'Somebody else is signed in here',
    happened: 'This browser is still signed in as another person.',
    not: nothingSent,
    now: 'Sign the other person out first, then sign in as yourself.',
  },
  'PRT-1101': {
    title: 'We can’t sign you in',
    happened: 'Your entry in the person register does not allow signing in at the moment.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1108': {
    title: 'Signing in under your name is locked',
    happened:
      'The people who run this service have stopped every sign-in under your name for now. It protects you while they look into something.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1102': {
    title: 'We can’t find you in the register',
    happened: 'You proved who you are, but the person register has no entry for you.',
    not: nothingSent,
    now: helpDesk,
  },
  'PRT-1103': {
    title: 'This service needs a surer way of signing in',
    happened: 'The agency asks for a way of signing in that you don’t have yet.',
    not: 'Your one-time code still works for other services.',
    now: 'Go back to the agency and ask how else you can do this, or call the help desk.',
  },
  'PRT-1104': {
    title: 'This way of signing in is closed',
    happened: 'The way you chose is switched off at the moment.',
    not: 'Your own means of signing in are not broken.',
    now: 'Choose another way, or try again later.',
  },
  'PRT-1105': {
    title: 'We can’t sign you in',
    happened: 'According to the person register, whoever this number belongs to has died.',
    not: nothingSent,
    now: 'If that is wrong, call the help desk and tell them the code below: it can be put right. If you are settling the affairs of somebody who has died, ask the agency how that is done.',
  },
  'PRT-1201': {
    title: 'Person number and code don’t match',
    happened: 'The code may be an older one, or a digit is wrong.',
    now: 'Check the person number and enter the code that the app shows now.',
  },
  'PRT-1202': {
    title: 'This code was already used',
    happened: 'Each code works once.',
    now: 'Wait until the app shows a new one, at most 30 seconds, and enter that.',
  },
  'PRT-1203': {
    title: 'Please wait a little',
    happened: 'Several wrong codes were entered. So that nobody can guess yours, there is a pause.',
    not: 'Your code is not blocked.',
    now: later,
  },
  'PRT-1204': {
    title: 'One-time codes are stopped for now',
    happened: 'A great many wrong codes were entered for this person number, by you or by somebody else.',
    not: 'Nobody got in, and nothing was sent to anyone.',
    now: ({ when }) =>
      when
        ? `You can try again ${when}. If it was not you, or you can’t wait, call the help desk.`
        : 'If it was not you, or you can’t wait, call the help desk.',
  },
  'PRT-1205': {
    title: 'Check the person number',
    happened: 'A digit may be missing or in another place, or the number is of another country than the one chosen.',
    now: 'Compare it with your card, figure by figure, and look at the country where one can be chosen.',
  },
  'PRT-1206': {
    title: 'The code has 6 digits',
    happened: 'What was entered is shorter, longer or has letters in it.',
    now: 'Enter the 6 digits that the app shows now.',
  },
  'PRT-1301': {
    title: 'This agency can’t receive anything yet',
    happened: 'The agency has no agreement in force that lets it learn about you.',
    not: nothingSent,
    now: 'Tell the agency the code below. You can’t put this right yourself.',
  },
  'PRT-1401': {
    title: 'We could not sign you out that way',
    happened: 'The request to sign out did not fit any sign-in in this browser.',
    not: 'If you were signed in, you still are.',
    now: 'Sign out once more from the agency’s site. On a shared computer, close the browser too.',
  },
  'PRT-1501': {
    title: 'The activation code did not work',
    happened: 'It does not fit the person number, was already used, or is older than 30 days.',
    now: 'Compare both with the letter. If they are right, call the help desk for a new letter.',
  },
  'PRT-1502': {
    title: 'Please wait a little',
    happened: 'Several wrong activation codes were entered. So that nobody can guess yours, there is a pause.',
    not: 'The code in your letter is still good.',
    now: later,
  },
  ...enCardTrouble,
  ...enMeTrouble,
  ...enOwnTrouble,
  ...enPasskeyTrouble,
  ...enDeskTrouble,
  ...enSmartIdTrouble,
  ...enSmsTrouble,
  ...enPinTrouble,
  ...enCodeCardTrouble,
  ...enMobileIdTrouble,
  ...enWaitTrouble,
  ...enUpstreamTrouble,
  'PRT-3001': {
    title: 'We don’t know this site',
    happened: 'The site that sent you here is not registered with us.',
    not: nothingSent,
    now: 'Check that you began at a real agency’s site. If you did, tell the agency the code below.',
  },
  'PRT-3002': {
    title: 'The way back is not known to us',
    happened: 'The agency’s site asked us to send you back to an address that is not registered.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3003': {
    title: 'The agency’s site asked wrongly',
    happened: 'We could not make sense of what the agency’s site asked for. You did nothing wrong.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-3004': {
    title: 'The agency’s request is used up',
    happened: 'The agency’s request was already used or waited too long, as after going back in the browser.',
    not: nothingSent,
    now: fromAgency,
  },
  'PRT-3005': {
    title: 'The agency’s site could not prove itself',
    happened: 'Before we send anything, the agency’s site must show that it is the real one. It did not.',
    not: nothingSent,
    now: agencyFault,
  },
  'PRT-5001': {
    title: 'We can’t serve you just now',
    happened: 'Our register does not answer.',
    not: ours,
    now: shortly,
  },
  'PRT-5002': {
    title: 'We can’t serve you just now',
    happened: 'The place where we keep open sign-ins does not answer.',
    not: ours,
    now: shortly,
  },
  'PRT-5003': {
    title: 'We can’t serve you just now',
    happened: 'We can’t confirm sign-ins to agencies at the moment.',
    not: ours,
    now: shortly,
  },
  'PRT-5004': {
    title: 'Something broke on our side',
    happened: 'This is our doing, not yours. We have made a note of it.',
    not: nothingSent,
    now: 'Try once more. If it happens again, call the help desk and tell them the code below.',
  },
  'PRT-5005': {
    title: 'Very many people are here just now',
    happened: 'We can’t take in more for a moment.',
    not: ours,
    now: shortly,
  },
}

// Estonian words of the e-mails that tell people of changes.
import type { MailVocabulary } from './mail-en.ts'

export const etMail: MailVocabulary = {
  subject: {
    'means-added': 'Lisati sisselogimisviis',
    'means-removed': 'Eemaldati sisselogimisviis',
    recovered: 'Kasutajatugi andis teile uue sisselogimisviisi',
    wiped: 'Sisselogimisviise võeti ära',
    'method-blocked': 'Üks sisselogimisviis suleti',
    'method-opened': 'Üks sisselogimisviis avati uuesti',
    'address-changed': 'Teie e-posti aadressi muudetakse',
    'address-removed': 'Teie e-posti aadress eemaldati',
    'new-device': 'Keegi logis teie nimel sisse uuest seadmest',
  },
  what: {
    'means-added': 'Lisati see viis teie nimel sisse logida:',
    'means-removed': 'Eemaldati see viis teie nimel sisse logida:',
    recovered: 'Kasutajatugi lasi teil uuesti alustada. Kõik varasemad viisid on kadunud.',
    wiped: 'Need viisid võeti ära, sest lisamise ajal ei seisnud nende taga keegi kindel:',
    'method-blocked': 'Sellega ei saa enam keegi teie nimel sisse logida:',
    'method-opened': 'Sellega saab teid jälle sisse logida:',
    'address-changed': 'Edaspidi kirjutame teisele aadressile. See on viimane kiri siia.',
    'address-removed': 'Me ei kirjuta sellele aadressile enam.',
    'new-device': 'Teie või keegi, kellel on teie vahend, logis sisse brauserist, mida me teiega varem ei ole näinud:',
  },
  wasYou: 'Kas see olite teie? Siis ei ole vaja midagi teha.',
  notYou: 'Kas see ei olnud teie? Öelge seda siin; sisse logida ei ole vaja:',
  call: (phone) => `Või helistage meile: ${phone}`,
  callOnly: (phone) => `Kas see ei olnud teie? Helistage meile: ${phone}`,
  never: 'Me ei küsi kunagi e-kirjaga koodi, PINi ega parooli ega saada linki sisselogimiseks.',
  code: {
    subject: (code) => `${code} on teie kood`,
    text: (code) =>
      `${code} on selle e-posti aadressi kood. Sisestage see 5 minuti jooksul lehel, kus te seda küsisite.`,
    not: 'Te ei küsinud seda? Siis kirjutas keegi oma aadressi valesti. Midagi ei juhtu ja midagi ei ole vaja teha.',
  },
}

// Estonian words of the code by text message. What is sent has no õ, š or ž: one such letter would halve the message.
import type { SmsCodeShape, SmsTrouble } from './sms-code-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etSmsCode: SmsCodeShape = {
  who: {
    title: 'Kellele kood saata?',
    lead: 'Saadame 6 numbrit telefonile, mis on teie isikukoodi juures kirjas.',
    send: 'Saatke mulle kood',
  },
  code: {
    title: 'Sisestage sõnumis olev kood',
    sent: 'Kui selle isikukoodi juures on meil telefon kirjas, on 6-numbriline kood juba teel.',
    sentTo: '6-numbriline kood on teel numbrile',
    label: 'Kood sõnumist',
    hint: (until) => `6 numbrit. Kehtib kuni ${until}.`,
    again: 'Saatke uus kood',
    from: (when) => `Sõnumit ei tulnud? Uue koodi saate küsida ${when}.`,
    anew: 'Teine isikukood',
    never: 'Meie ei küsi teilt seda koodi kunagi, ei telefoni teel ega sõnumiga.',
  },
  messages: {
    code: [
      (code, agency) => `${code} on teie kood, ${agency}. Ärge andke seda kellelegi: meie ei küsi seda kunagi.`,
      (code, agency) => `${code}: ${agency}. Meie seda koodi ei küsi.`,
    ],
    added: (means, phone) => `Teie nimel sisselogimiseks lisati viis: ${means}. Ei olnud teie? Helistage ${phone}.`,
    removed: (means, phone) => `Teie nimel sisselogimise viis eemaldati: ${means}. Ei olnud teie? Helistage ${phone}.`,
    recovered: (_means, phone) =>
      `Kasutajatugi andis teile uued viisid sisse logida. Te ei palunud seda? Helistage ${phone}.`,
    wiped: (means, phone) => `Eemaldati sisselogimise viisid, mida keegi ei kinnitanud: ${means}. Abi: ${phone}.`,
    opened: (means, phone) =>
      `Sisselogimine selle viisiga on jälle avatud: ${means}. Ei olnud teie? Helistage ${phone}.`,
    addressChanged: (_means, phone) =>
      `Teie e-posti aadressi meie juures muudetakse. Ei olnud teie? Helistage ${phone}.`,
    addressRemoved: (_means, phone) => `Teie e-posti aadress meie juures eemaldati. Ei olnud teie? Helistage ${phone}.`,
    newDevice: (means, phone) =>
      `Keegi logis teie nimel sisse uuest seadmest: ${means}. Ei olnud teie? Helistage ${phone}.`,
    orHere: (link) => `Või öelge siin: ${link}`,
    blocked: (means, phone) => `Sisselogimine selle viisiga on suletud: ${means}. Ei olnud teie? Helistage ${phone}.`,
  },
}

const nothing = 'Midagi ei saadetud kellelegi.'

export const etSmsTrouble: Record<SmsTrouble, TroubleWords> = {
  'PRT-1901': {
    title: 'See ei ole kood, mille saatsime',
    happened: 'Mõni number on vale või on kood varasemast sõnumist.',
    now: 'Vaadake kõige uuemat sõnumit ja sisestage selle 6 numbrit.',
  },
  'PRT-1902': {
    title: 'See kood enam ei kehti',
    happened: 'Kood kehtib 5 minutit, 5 katset ja ühe korra.',
    not: nothing,
    now: 'Laske saata oma telefonile uus kood.',
  },
  'PRT-1903': {
    title: 'Uut sõnumit veel ei saa',
    happened:
      'Kahe sõnumi vahel on minut ja kümne minuti jooksul on neid kõige rohkem kolm: nii ei saa keegi teie telefoni sõnumitega üle ujutada.',
    not: 'Kood, mis teil on, kehtib edasi.',
    now: ({ when }) =>
      when
        ? `Uue saate küsida ${when}. Kohale jõudnud koodi võite kohe sisestada.`
        : 'Oodake veidi ja küsige siis uus. Kohale jõudnud koodi võite kohe sisestada.',
  },
  'PRT-1904': {
    title: 'Sõnumeid ei saa praegu saata',
    happened: 'Teenus, mis meie sõnumid teie telefonile viib, ei vasta.',
    not: `Teie telefon pole katki. ${nothing}`,
    now: 'Valige muu viis või proovige mõne minuti pärast uuesti.',
  },
  'PRT-1905': {
    title: 'Koodis on 6 numbrit',
    happened: 'Sisestatu on lühem, pikem või selles on tähti.',
    now: 'Sisestage sõnumis olevad 6 numbrit.',
  },
  'PRT-1906': {
    title: 'Sellele numbrile me sõnumeid ei saada',
    happened: 'Number on poolik või riigist, kuhu me sõnumeid ei saada.',
    not: 'Midagi ei muudetud.',
    now: 'Kontrollige numbrit koht-kohalt; välismaa numbri puhul koos riigi suunakoodiga.',
  },
}

// Estonian words of the printed card of numbered codes.
import type { CodeCardTrouble, CodeCardVocabulary } from './code-card-en.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etCodeCard: CodeCardVocabulary = {
  who: {
    title: 'Logige sisse koodikaardiga',
    lead: 'Sisestage kõigepealt isikukood. Seejärel küsime ühte koodi teie kaardilt.',
  },
  title: (number) => `Sisestage kood number ${number}`,
  lead: (number) => `Otsige kaardilt number ${number} ja sisestage selle kõrval olevad 6 numbrit.`,
  label: (number) => `Kood number ${number}`,
  hint: 'Iga kood töötab ühe korra: tõmmake see pärast maha. Kui olete saanud uue kaardi, võtke kood sellelt.',
  otherPerson: 'Sisestan teise isikukoodi',
  paper: {
    stop: '.',
    title: 'Koodikaart',
    serial: (serial) => `Kaart ${serial}`,
    next: 'See kaart asendab varasema niipea, kui olete selle esimest koodi kasutanud. Siis hävitage varasem',
    steps: (address) => [
      `Alustage selle asutuse lehelt, mida vajate, mitte kunagi sõnumis olevalt lingilt. Koodi küsiva lehe aadress on ${address}`,
      'Leht küsib numbrit. Sisestage selle kõrval olevad 6 numbrit ja tõmmake need maha: iga kood töötab ühe korra',
    ],
    warning:
      'Ärge andke neid koode kellelegi ja ärge pildistage neid. Me ei küsi kunagi üle ühe koodi ega küsi seda telefoni või sõnumiga',
    lost: (phone) => `Kaart kadus või keegi nägi seda? Helistage kohe ${phone}`,
    codes: 'Number ja kood',
  },
}

const working = 'Teie kaart töötab edasi ja teie kohta ei saadetud kellelegi midagi.'

export const etCodeCardTrouble: Record<CodeCardTrouble, TroubleWords> = {
  'PRT-2020': {
    title: 'Isikukood ja kood ei sobi kokku',
    happened: 'See võib olla teise numbri kood või on mõni number vale.',
    now: 'Otsige kaardilt ülal olev number ja sisestage selle kõrval olev kood. Küsime sama numbrit, kuni kood on õige.',
  },
  'PRT-2021': {
    title: 'Palun oodake veidi',
    happened: 'Mitu korda sisestati vale kood. Et keegi teie koode ära ei arvaks, on nüüd paus.',
    not: 'Teie kaart ei ole suletud.',
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Võite ka teisiti sisse logida.`
        : 'Oodake veidi või logige sisse teisiti.',
  },
  'PRT-2022': {
    title: 'Koodikaardid on siin praegu peatatud',
    happened: 'Selle isikukoodiga sisestati väga palju valesid koode, kas teie või kellegi teise poolt.',
    not: 'Keegi ei saanud sisse ja kellelegi ei saadetud midagi.',
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele. Muud viisid töötavad nagu ikka.`
        : 'Kui see ei olnud teie või te ei saa oodata, helistage kasutajatoele. Muud viisid töötavad nagu ikka.',
  },
  'PRT-2023': {
    title: 'Koodis on 6 numbrit',
    happened: 'Sisestatu on lühem, pikem või on selles tähti.',
    now: 'Sisestage numbri kõrval olevad 6 numbrit.',
  },
  'PRT-2024': {
    title: 'Nüüd küsime teist numbrit',
    happened: 'Eelmisele numbrile vastati vahepeal, võib-olla teie ise teises aknas.',
    not: working,
    now: 'Jätkake numbriga, mida leht näitab. Kui te ise ei vastanud, helistage kasutajatoele.',
  },
}

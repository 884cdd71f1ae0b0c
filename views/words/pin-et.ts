// Estonian words of the PIN that follows a one-time code.
import type { PinTrouble, PinVocabulary } from './pin-en.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etPin: PinVocabulary = {
  title: 'Nüüd teie PIN-kood',
  lead: 'Kood oli õige. Olete turvalisuse suurendamiseks määranud PIN-koodi: sisestage see nüüd.',
  label: 'PIN-kood',
  hint: '6–12 numbrit, mille valisite ise. Mitte kaardi ega telefoni PIN.',
  codesLeft: (codes) =>
    codes === 1
      ? 'Teie koodikaardil on alles 1 kasutamata kood.'
      : `Teie koodikaardil on alles ${codes} kasutamata koodi.`,
  newCard: 'Küsige uus kaart kohe, et see õigeks ajaks käes oleks.',
}

const kept = 'Keegi ei saanud sisse ja teie kohta ei saadetud kellelegi midagi.'

export const etPinTrouble: Record<PinTrouble, TroubleWords> = {
  'PRT-2001': {
    title: 'See ei ole teie PIN-kood',
    happened: 'Kood oli õige, PIN-kood ei olnud õige.',
    now: 'Sisestage PIN-kood, mille siin määrasite.',
  },
  'PRT-2002': {
    title: 'Palun oodake enne uut PIN-koodi',
    happened: 'PIN-kood oli mitu korda vale. Et keegi seda ära ei arvaks, on nüüd paus.',
    not: 'Teie PIN-kood ei ole suletud.',
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Võite ka teisiti sisse logida.`
        : 'Oodake veidi või logige sisse teisiti.',
  },
  'PRT-2003': {
    title: 'Teie PIN-kood on praegu peatatud',
    happened:
      'Pärast õigeid koode sisestati väga palju valesid PIN-koode, kas teie või kellegi poolt, kellel on teie koodid.',
    not: kept,
    now: ({ when }) =>
      when
        ? `Uuesti saate proovida: ${when}. Kui see ei olnud teie, helistage kohe kasutajatoele; seni pääsete sisse teisiti.`
        : 'Kui see ei olnud teie, helistage kohe kasutajatoele. Teisiti pääsete sisse.',
  },
  'PRT-2004': {
    title: 'Palun alustage uue koodiga',
    happened: 'PIN-koodi ei sisestatud õigel ajal või õigesti. Eelmine kood töötab ühe korra ja on nüüd kasutatud.',
    not: kept,
    now: 'Alustage uuesti ja kasutage järgmist koodi.',
  },
  'PRT-2005': {
    title: 'See teenus küsib ka PIN-koodi',
    happened: 'Kood oli õige. See teenus tahab enamat kui ainult koodi, aga te ei ole veel PIN-koodi määranud.',
    not: 'Muudes teenustes teie kood töötab ja kellelegi ei saadetud midagi.',
    now: 'Kui teil on kaart või rakendus, logige sisse sellega. Siis saate oma lehel PIN-koodi määrata; aitab ka kasutajatugi.',
  },
  'PRT-2006': {
    title: 'PIN-koodis on 6–12 numbrit',
    happened: 'Sisestatu on lühem, pikem või on selles tähti.',
    now: 'Sisestage 6–12 numbrit.',
  },
  'PRT-2007': {
    title: 'Seda PIN-koodi on liiga lihtne arvata',
    happened: 'Kordusi, järjestusi nagu 123456 ja klahvimustreid proovivad võõrad esimesena.',
    not: 'Midagi ei muudetud.',
    now: 'Valige numbrid, mis ei moodusta mustrit.',
  },
  'PRT-2008': {
    title: 'Selle PIN-koodi saab teie andmetest ära arvata',
    happened: 'See koosneb teie sünnikuupäevast või isikukoodi osast, mida teavad ka teised.',
    not: 'Midagi ei muudetud.',
    now: 'Valige numbrid, millel pole teiega seost.',
  },
}

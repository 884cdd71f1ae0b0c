// Estonian words of the card with a chip.
import type { CardVocabulary } from './card-en.ts'
import type { CardTrouble, WebEidFault } from './card-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etCard: CardVocabulary = {
  title: 'Pange kaart lugejasse',
  lead: 'Kui kaart on lugejas, vajutage nuppu. Seejärel küsib Web eID programmi aken teie PIN-koodi (PIN1, kui kaardil on kaks). Meie seda ei näe.',
  which:
    'Iga kiibiga kaart ei sobi: kaardiga peab saama end internetis tuvastada. Tai isikutunnistusega seda veel teha ei saa.',
  start: 'Logi kaardiga sisse',
  again: 'Proovi uuesti',
  tls: 'Web eID-d ei ole? Kasuta kaarti ilma selleta',
  without: {
    title: 'Et kaardini jõuda, vajab see leht JavaScripti',
    text: 'See on siin brauseris välja lülitatud või meie skript ei jõudnud kohale. Lülitage see sisse ja laadige leht uuesti või valige allpool muu viis.',
  },
  looking: 'Otsime Web eID programmi …',
  pin: 'Web eID on olemas. Leidke selle aken ja sisestage sinna PIN. Aken ootab kaks minutit.',
  sending: 'Kaart vastas. Kontrollime …',
  get: 'Hangi Web eID (avaneb uuel kaardil)',
  code: 'Kood kasutajatoele',
}

const nothing = 'Teie kaart ei ole katki ja kellelegi ei saadetud midagi.'
const sent = 'Teie kohta ei saadetud kellelegi midagi.'
const whole = 'Teie kaart ei ole katki.'
const program = 'Paigaldage uusim Web eID, käivitage brauser uuesti ja avage see leht veel kord.'

export const etFaults: Record<WebEidFault, TroubleWords> = {
  EXTENSION_UNAVAILABLE: {
    title: 'Selles brauseris ei ole veel Web eID-d',
    happened:
      'Et kaardini jõuda, vajab brauser laiendust Web eID. Siin ei ole seda paigaldatud või on see välja lülitatud.',
    not: whole,
    now: 'Paigaldage Web eID või lülitage laiendus brauseri seadetes sisse. Siis laadige see leht uuesti.',
  },
  NATIVE_UNAVAILABLE: {
    title: 'Web eID programm ei vasta',
    happened: 'Laiendus on brauseris olemas, kuid programm, mis kaardilugejaga räägib, puudub või ei käivitunud.',
    not: whole,
    now: program,
  },
  VERSION_MISMATCH: {
    title: 'Web eID on siin liiga vana',
    happened: 'Selle arvuti laiendus või programm on vanem, kui teine pool vajab.',
    not: whole,
    now: program,
  },
  VERSION_INVALID: {
    title: 'Web eID ei tea oma versiooni',
    happened: 'Selle arvuti laiendus või programm on paigaldatud poolikult.',
    not: whole,
    now: program,
  },
  NATIVE_FATAL: {
    title: 'Kaardi lugemine jäi pooleli',
    happened: 'Kaart võeti liiga vara välja, lugeja tuli lahti või PIN on lukus.',
    not: nothing,
    now: 'Lükake kaart lõpuni sisse, kiip ees, ja vajutage „Proovi uuesti“. Kui PIN on lukus, avage see kaardi ümbrikus oleva PUK-koodiga; seda teeb kaardi juurde kuuluv programm.',
  },
  USER_CANCELLED: {
    title: 'PIN jäi sisestamata',
    happened: 'Aken, mis PIN-koodi küsib, suleti.',
    not: nothing,
    now: 'Kui olete valmis, vajutage „Proovi uuesti“. Kui aken ütles, et PIN on lukus, avage see enne kaardi ümbrikus oleva PUK-koodiga.',
  },
  USER_TIMEOUT: {
    title: 'PIN-koodi ei tulnud kahe minutiga',
    happened: 'Aknasse, mis PIN-koodi küsib, ei sisestatud midagi. See võis jääda teise akna taha.',
    not: nothing,
    now: 'Vajutage „Proovi uuesti“ ja otsige seda akent tegumiribalt.',
  },
  ACTION_TIMEOUT: {
    title: 'Web eID-lt ei tulnud vastust',
    happened: 'Laiendus võttis meie küsimuse vastu, kuid rohkem kui kahe minuti jooksul ei tulnud midagi.',
    not: nothing,
    now: 'Vaadake, kas lugeja on ühendatud, ja vajutage „Proovi uuesti“. Kui see kordub, käivitage brauser uuesti.',
  },
  ACTION_PENDING: {
    title: 'Üks aken juba küsib PIN-koodi',
    happened: 'Web eID tegeleb veel eelmise küsimusega.',
    not: nothing,
    now: 'Otsige selle akent tegumiribalt ja sisestage PIN sinna või sulgege aken ja vajutage „Proovi uuesti“.',
  },
  CONTEXT_INSECURE: {
    title: 'See ühendus ei ole kaardi jaoks piisavalt turvaline',
    happened: 'Teie brauser ei pea ühendust meiega turvaliseks. Kaarti kasutatakse ainult https-iga.',
    not: nothing,
    now: 'Vaadake, kas aadress algab https-iga ja on teile tuttav, ning alustage siis asutuse lehelt uuesti.',
  },
  NATIVE_INVALID_ARGUMENT: {
    title: 'Web eID ei saanud meie küsimusest aru',
    happened: 'Selle arvuti programm ei võtnud meie lehe küsimust vastu, võib-olla sellepärast, et see on vanem.',
    not: nothing,
    now: program,
  },
  MISSING_PARAMETER: {
    title: 'Meie küsimus jõudis Web eID-ni poolikult',
    happened: 'Laiendus leidis, et meie lehe küsimusest on midagi puudu.',
    not: nothing,
    now: 'Laadige see leht uuesti. Kui see kordub, helistage kasutajatoele ja öelge allolev kood.',
  },
  UNKNOWN_ERROR: {
    title: 'Web eID jäi seisma ega öelnud, miks',
    happened: 'Laiendus või programm selle kõrval kohtas midagi, mille jaoks tal sõna ei ole.',
    not: nothing,
    now: 'Vajutage „Proovi uuesti“. Kui see kordub, käivitage brauser uuesti või helistage kasutajatoele ja öelge allolev kood.',
  },
}

const helpDesk = 'Helistage kasutajatoele ja öelge allolev kood või valige muu viis.'

export const etCardTrouble: Record<CardTrouble, TroubleWords> = {
  'PRT-1601': {
    title: 'Me ei saa seda kaarti vastu võtta',
    happened: 'Kaardi vastus ei ole selline, millele saaksime kindlad olla.',
    not: nothing,
    now: 'Kas lugejas on see kaart, millega sisse logite, mitte mõni teine? Proovige sellega veel kord. Kui see kordub, helistage kasutajatoele ja öelge allolev kood.',
  },
  'PRT-1602': {
    title: 'Kaart ei kehti praegu',
    happened: 'Teie kaart ei kehti enam või ei kehti veel. Iga kaart kehtib ühest päevast teiseni.',
    not: sent,
    now: 'Vaadake kaardil olevaid kuupäevi. Kui teil on uuem kaart, kasutage seda; kui ei ole, küsige uus sealt, kust saite selle. Seni valige muu viis.',
  },
  'PRT-1603': {
    title: 'Teie omasugused kaardid on praegu suletud',
    happened: 'Et teid kaitsta, ei võta me mõnda aega vastu üht kaartide rühma ja teie kaart on selles.',
    not: sent,
    now: 'Valige muu viis. Rohkem teab kasutajatugi: öelge neile allolev kood.',
  },
  'PRT-1604': {
    title: 'Kaarte ei saa praegu kontrollida',
    happened:
      'Enne kui kellegi kaardiga sisse laseme, küsime kaardi väljaandjalt, kas see veel kehtib. Praegu ei vasta ta meile usaldusväärselt.',
    not: nothing,
    now: 'Proovige mõne minuti pärast uuesti või valige muu viis.',
  },
  'PRT-1605': {
    title: 'Leht oli liiga kaua oodanud',
    happened: 'Kaardi vastus kehtib viis minutit ja ainult ühe korra.',
    not: nothing,
    now: 'Vajutage nuppu veel kord: kõik on uuesti valmis.',
  },
  'PRT-1606': {
    title: 'See kaart on tühistatud',
    happened:
      'Väljaandja ütleb, et kaart enam ei kehti, kas lõplikult või ajutiselt, võib-olla sellepärast, et kaotusest teatati.',
    not: sent,
    now: 'Kui teil on uuem kaart, kasutage seda. Kui te millestki ei teatanud, küsige kaardi väljaandjalt ja helistage kasutajatoele.',
  },
  'PRT-1607': {
    title: 'Meieni ei jõudnud ühtki kaarti',
    happened: 'Brauser ei toonud kaardilt midagi: lugejas ei olnud kaarti või suleti valiku aken.',
    not: nothing,
    now: 'Pange kaart lugejasse, sulgege brauser ja avage see uuesti, sest brauser jätab valiku meelde. Siis logige veel kord sisse või valige muu viis.',
  },
  'PRT-1608': {
    title: 'Me ei tea, kelle kaart see on',
    happened: 'Kaardil olev isikukood on isikute registris rohkem kui üks kord.',
    not: sent,
    now: helpDesk,
  },
  'PRT-1609': {
    title: 'Kaardilt ei tulnud midagi',
    happened:
      'Vorm jõudis kohale ilma kaardi vastuseta. JavaScript võib olla välja lülitatud või vajutati nuppu enne, kui leht oli valmis.',
    not: nothing,
    now: 'Lülitage JavaScript sisse ja proovige veel kord või valige muu viis.',
  },
  'PRT-1610': {
    title: 'See teenus ei ole e-residentidele avatud',
    happened: 'Asutus on kokku leppinud, et võtab vastu ainult teistsuguse kaardiga inimesi.',
    not: sent,
    now: 'Minge tagasi ja küsige asutuselt, kuidas saab asja teisiti ajada.',
  },
}

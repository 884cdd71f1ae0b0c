// Estonian words of the passkey and of the desk.
import type { DeskVocabulary, PasskeyVocabulary } from './passkey-en.ts'
import type { DeskTrouble, PasskeyFault, PasskeyTrouble } from './passkey-shape.ts'
import type { TroubleWords } from './trouble-shape.ts'

export const etPasskey: PasskeyVocabulary = {
  title: 'Logige sisse pääsuvõtmega',
  lead: 'Vajutage nuppu. Seejärel küsib teie seade sõrmejälge, nägu või oma PIN-koodi või turvavõtit. Meie neist ühtki ei näe.',
  start: 'Kasuta pääsuvõtit',
  again: 'Proovi uuesti',
  without: {
    title: 'Et pääsuvõtmeni jõuda, vajab see leht JavaScripti',
    text: 'See on siin brauseris välja lülitatud või meie skript ei jõudnud kohale. Lülitage see sisse ja laadige leht uuesti või valige allpool muu viis.',
  },
  asking: 'Teie seade küsib nüüd teilt …',
  sending: 'Pääsuvõti vastas. Kontrollime …',
  code: 'Kood kasutajatoele',
  make: {
    name: 'Kuidas te seda pääsuvõtit nimetate',
    hint: 'Et te selle ära tunneksite, näiteks „minu telefon“.',
    start: 'Loo pääsuvõti',
    asking: 'Teie seade küsib nüüd teilt. Tehke, mida see ütleb …',
    sending: 'Pääsuvõti on loodud. Salvestame …',
  },
}

export const etDesk: DeskVocabulary = {
  title: 'Pääsuvõti letis',
  lead: 'Ametnikule: sisestage kood, mille saite taotlust esitades. See avab lehe ühe korra, 15 minuti jooksul pärast seda, kui teine ametnik on selle lubanud.',
  code: 'Leti kood',
  hint: '12 numbrit. Tühikud ei loe.',
  act: 'Ava',
  key: {
    title: 'Looge oma pääsuvõti',
    lead: (who) =>
      `See pääsuvõti on isikule ${who}. Pange sisse oma turvavõti või võtke oma telefon: kelle käes see on, saab teie nimel sisse logida.`,
    sure: 'Võti, mida ei saa teise seadmesse kopeerida, on kõige kindlam. Võti, mida hoitakse kontol ja mis liigub teistesse seadmetesse kaasa, loeb vähem.',
  },
  done: {
    title: 'Teie pääsuvõti on valmis',
    high: 'Seda ei saa kopeerida ja lett on seda näinud: see sobib ka seal, kus küsitakse kõige kindlamat viisi.',
    substantial:
      'Seda võidakse kopeerida teie teistesse seadmetesse: see sobib peaaegu kõikjal, kuid mitte seal, kus küsitakse kõige kindlamat viisi.',
    keep: 'Hoidke seda nagu oma võtmeid. Kui see kaob, helistage meile.',
    close: 'Selle lehe võib nüüd sulgeda.',
  },
}

const nothing = 'Kellelegi ei saadetud midagi.'
const same = 'Midagi ei muutunud.'
const callUs = 'Helistage kasutajatoele ja öelge allolev kood.'
const another = 'või valige muu viis.'

export const etPasskeyFaults: Record<PasskeyFault, TroubleWords> = {
  NotAllowedError: {
    title: 'Pääsuvõtit ei kasutatud',
    happened: 'Aken suleti, aeg sai otsa või selles seadmes ei ole selle teenuse pääsuvõtit.',
    not: nothing,
    now: 'Proovige uuesti. Kui pääsuvõti on telefonis, valige aknas „muu seade“, või pange sisse oma turvavõti.',
  },
  NotMade: {
    title: 'Pääsuvõtit ei loodud',
    happened: 'Aken suleti või aeg sai otsa.',
    not: same,
    now: 'Kui olete valmis, vajutage nuppu veel kord.',
  },
  InvalidStateError: {
    title: 'Selles seadmes on teil pääsuvõti juba olemas',
    happened: 'Igas seadmes või turvavõtmes piisab ühest.',
    not: same,
    now: 'Kasutage seda, mis on, või võtke teine seade või võti.',
  },
  NotSupportedError: {
    title: 'See seade ei sobi',
    happened: 'See loob võtmeid, mida me ei tunne, või ei saa võtmeid hoida.',
    not: nothing,
    now: 'Võtke teine seade või teine turvavõti.',
  },
  SecurityError: {
    title: 'Brauser ei usalda seda lehte',
    happened: 'Pääsuvõti kuulub ühele aadressile. Brauser arvab, et see on mõni muu või et tee sinna ei ole turvaline.',
    not: nothing,
    now: 'Vaadake lehe aadressi. Kui see ei ole teile tuttav, sulgege leht. Muul juhul helistage kasutajatoele.',
  },
  ConstraintError: {
    title: 'Seade ei saa kontrollida, et see olete teie',
    happened: 'Vaja on võtit, mis küsib PIN-koodi, sõrmejälge või nägu. Sellel pole neist ühtki määratud.',
    not: nothing,
    now: 'Määrake seadme seadetes PIN või sõrmejälg ja proovige uuesti.',
  },
  AbortError: {
    title: 'Brauser katkestas',
    happened: 'Vahele tuli teine aken või brauseri laiendus.',
    not: nothing,
    now: 'Sulgege teised aknad, mis pääsuvõtit küsivad, ja proovige uuesti.',
  },
  NoPasskeys: {
    title: 'See brauser on pääsuvõtmete jaoks liiga vana',
    happened: 'Selles ei ole seda, mida meie leht pääsuvõtmeni jõudmiseks vajab.',
    not: nothing,
    now: 'Uuendage brauserit või võtke teine.',
  },
  UnknownError: {
    title: 'Pääsuvõtmeni ei jõutud',
    happened: 'Brauser või seade ei öelnud, miks.',
    not: nothing,
    now: 'Proovige uuesti. Kui see ei aita, võtke võti välja ja pange uuesti sisse või käivitage brauser uuesti.',
  },
}

export const etPasskeyTrouble: Record<PasskeyTrouble, TroubleWords> = {
  'PRT-2101': {
    title: 'Me ei tunne seda pääsuvõtit',
    happened: 'See eemaldati siin või ei ole kunagi selle teenuse jaoks loodud, kuigi teie seade seda veel pakub.',
    not: nothing,
    now: `Võtke teine pääsuvõti ${another} Vana võite oma seadmest kustutada.`,
  },
  'PRT-2102': {
    title: 'Pääsuvõtme vastust ei saa vastu võtta',
    happened: 'See ei olnud tehtud selle lehe jaoks või muudeti seda teel.',
    not: nothing,
    now: `Vaadake lehe aadressi ja proovige uuesti ${another}`,
  },
  'PRT-2103': {
    title: 'Leht oli liiga kaua oodanud',
    happened: 'Pääsuvõtme vastus kehtib viis minutit ja ainult ühe korra.',
    not: 'Teie pääsuvõti on korras ja kellelegi ei saadetud midagi.',
    now: 'Vajutage nuppu veel kord: kõik on uuesti valmis.',
  },
  'PRT-2104': {
    title: 'Pääsuvõtmelt ei tulnud midagi',
    happened: 'JavaScript võib olla välja lülitatud või vajutati nuppu enne, kui leht oli valmis.',
    not: nothing,
    now: `Lülitage JavaScript sisse ja proovige veel kord ${another}`,
  },
  'PRT-2105': {
    title: 'See teenus küsib kindlamat pääsuvõtit',
    happened:
      'Sobivad ainult pääsuvõtmed, mida ei saa kopeerida ja mis loodi letis ametniku ees. Teie oma on teistsugune.',
    not: 'Teie pääsuvõti on korras ja kellelegi ei saadetud midagi.',
    now: 'Valige muu viis. Kasutajatugi ütleb, kus sellist pääsuvõtit luuakse.',
  },
  'PRT-2106': {
    title: 'Sellest pääsuvõtmest võib olla koopia',
    happened: 'See loeb oma kasutuskordi ja on meie arvest maas: kellelgi võib olla koopia.',
    not: 'Kedagi sellega praegu sisse ei lastud ja kellelegi ei saadetud midagi.',
    now: `Valige muu viis ja ärge seda pääsuvõtit enam kasutage. ${callUs}`,
  },
  'PRT-2107': {
    title: 'See pääsuvõti on meil juba olemas',
    happened: 'Sama võti on meile juba varem teatatud.',
    not: same,
    now: 'Võtke teine seade või teine turvavõti.',
  },
  'PRT-2108': {
    title: 'Teil on kakskümmend pääsuvõtit',
    happened: 'Rohkem me ühe inimese kohta ei hoia.',
    not: same,
    now: 'Eemaldage mõni, mida te enam ei kasuta, ja looge siis uus.',
  },
  'PRT-2109': {
    title: 'Seade ei kontrollinud, et see olete teie',
    happened: 'Pääsuvõti sobib ainult sõrmejälje, näo või PIN-koodi järel. Seekord seade neid ei küsinud.',
    not: nothing,
    now: `Määrake sellele PIN või sõrmejälg ja proovige uuesti ${another}`,
  },
}

export const etDeskTrouble: Record<DeskTrouble, TroubleWords> = {
  'PRT-2201': {
    title: 'See kood letti ei ava',
    happened:
      'Mõni number on vale, koodi on juba kasutatud, 15 minutit on möödas või teine ametnik ei ole seda veel lubanud.',
    not: same,
    now: 'Kontrollige koodi. Kui see on õige, küsige teiselt ametnikult; kui see on liiga vana, taotlege uut.',
  },
  'PRT-2202': {
    title: 'Palun oodake veidi',
    happened: 'Sisestati mitu valet koodi. Et keegi koodi ära ei arvaks, on nüüd paus.',
    not: same,
    now: ({ when }) => (when ? `Uuesti saate proovida ${when}.` : 'Proovige hiljem uuesti.'),
  },
  'PRT-2203': {
    title: 'Selle leti aeg on läbi',
    happened: '15 minutit on möödas, pääsuvõti on juba loodud või avati lett teises brauseris.',
    not: same,
    now: 'Kui pääsuvõti on veel loomata, esitab ametnik uue taotluse ja teine lubab selle.',
  },
}

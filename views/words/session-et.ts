// Estonian words of a session that is there already, and of its end.
import type { SessionVocabulary } from './session-en.ts'

export const etSession: SessionVocabulary = {
  goOn: {
    title: (name) => `Olete sisse logitud: ${name}`,
    lead: (agency) => `${agency} küsib enne, kui teid sisse laseb. Kas see olete teie?`,
    act: 'Jah, jätka',
    other: 'Ma olen keegi teine',
    shared: 'Ühises arvutis võis keegi unustada välja logida.',
  },
  signOut: {
    title: 'Kas logida välja?',
    lead: (agency) => `Lahkute teenusest ${agency}. Kas lõpetame teie sisselogimise ka selles brauseris?`,
    plain: 'Kas lõpetame teie sisselogimise selles brauseris?',
    others: 'Olete sisse logitud ka siin:',
    means:
      'Pärast kõikjalt väljalogimist ei lase ükski asutus teid sellest brauserist sisse enne, kui logite uuesti sisse. Teatame igale asutusele, kellele saab, ja näitame teile, kes on kinnitanud.',
    act: 'Logi välja kõikjalt',
    here: (agency) => `Ainult siit: ${agency}`,
    stay: 'Jää sisse logituks',
    stayAt: (agency) => `Ei, tagasi: ${agency}`,
  },
  signedOut: {
    title: 'Olete välja logitud',
    lead: 'Et sellest brauserist uuesti sisse saada, tuleb end jälle tõendada. Ühises arvutis sulgege ka brauser.',
  },
  left: {
    title: (agency) => `Olete lahkunud: ${agency}`,
    lead: 'Muudesse teenustesse olete selles brauseris veel sisse logitud. Ühises arvutis logige välja kõikjalt.',
  },
  ended: {
    title: 'Olete kõikjalt välja logitud',
    telling:
      'Teie sisselogimine selles brauseris on lõppenud. Teatame teenustele, kuhu olite sisse logitud, et ka nemad teie külastuse lõpetaksid.',
    told: 'Teie sisselogimine selles brauseris on lõppenud ja teenustele, kuhu olite sisse logitud, on teatatud.',
    shared: 'Ühises arvutis sulgege ka brauser.',
    list: 'Kuhu olite sisse logitud',
    confirmed: 'on kinnitanud',
    waiting: 'ei ole veel kinnitanud',
    itself: 'meie ei saa teatada: kui see on veel avatud, logige ka seal välja',
    wait: 'See leht vaatab ise uuesti. Ootama ei pea: teatame neile veel ööpäeva.',
    leads: (agency) => `Viime teid tagasi: ${agency}.`,
    again: 'Vaata uuesti',
    gone: 'Seda saab vaadata veerand tundi pärast väljalogimist samas brauseris. Teie sisselogimine on lõppenud.',
  },
}

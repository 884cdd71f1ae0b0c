import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { LANGUAGES, type Language } from '../../src/identity/language.ts'
import { type AgencyFrame, agencyPage } from '../../views/demo/agency.ts'
import type { Frame, Page } from '../../views/layout.ts'
import { paperCardPage } from '../../views/portal/code-card.ts'
import { letterPage } from '../../views/portal/letter.ts'

// Every page in every language with every sample, found by looking into the folders: a page can't be forgotten.

export interface Rendered {
  /** `login/code · first` */
  readonly name: string
  readonly file: string
  readonly sample: string
  readonly language: Language
  readonly html: string
  readonly input: unknown
}

const views = fileURLToPath(new URL('../../views/', import.meta.url))
const AUDIENCES = ['login', 'portal', 'desk', 'demo']
export const viewText = (file: string): string => readFileSync(views + file, 'utf8')

export const sampleFrame = (language: Language): Frame => ({
  language,
  timeZone: 'Asia/Bangkok',
  now: Date.parse('2026-11-21T02:41:00Z'),
  stylesheet: '/assets/pratu.css',
  icon: '/assets/door.svg',
  helpPhone: '1111',
  demo: true,
})

export const sampleAgencyFrame = (language: Language): AgencyFrame => ({
  language,
  name: { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' },
  look: 'social',
  stylesheet: '/assets/pratu.css',
  signIn: '/sign-in',
  signOut: '/sign-out',
  more: { what: 'latin-name', href: '/sign-in?more' },
  other: {
    name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
    href: 'http://localhost:3001/sign-in',
  },
})

interface Shape {
  readonly samples: Readonly<Record<string, { readonly input: unknown; readonly frame?: Partial<Frame> }>>
}
type Draw = (page: Shape, input: unknown, language: Language, sample: string, file: string) => string

// Some pages stand in another frame than the service's own.
const draw: Record<string, Draw> = {
  'demo/agency': (_page, input, language) =>
    agencyPage.render(input as Parameters<typeof agencyPage.render>[0], sampleAgencyFrame(language)),
  'portal/letter': (_page, input, language) =>
    letterPage.render(input as Parameters<typeof letterPage.render>[0], {
      language,
      timeZone: 'Asia/Bangkok',
      helpPhone: '1111',
      demo: true,
      css: viewText('portal/letter.css'),
    }),
  'portal/code-card': (_page, input, language) =>
    paperCardPage.render(input as Parameters<typeof paperCardPage.render>[0], {
      language,
      timeZone: 'Asia/Bangkok',
      helpPhone: '1111',
      demo: true,
      css: viewText('portal/code-card.css'),
    }),
}

/** Files for the printer, which carry their sheets inside and are never served. */
export const PAPER = ['portal/letter', 'portal/code-card', 'portal/own-file']
const towards = { name: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' } }
const inFrame: Draw = (page, input, language, sample, file) =>
  (page as Page<unknown>).render(input, {
    ...sampleFrame(language),
    // Only a sign-in leads to an agency.
    ...(file.startsWith('login/') && { towards }),
    ...page.samples[sample]?.frame,
  })

async function pages(): Promise<[file: string, page: Shape][]> {
  const files = AUDIENCES.flatMap((audience) =>
    readdirSync(views + audience)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${audience}/${name.slice(0, -3)}`),
  )
  const found: [string, Shape][] = []
  for (const file of files) {
    const module = (await import(`../../views/${file}.ts`)) as Record<string, unknown>
    for (const [name, value] of Object.entries(module)) if (name.endsWith('Page')) found.push([file, value as Shape])
  }
  return found
}

/** @param change what is to become of each sample's input first, for hostile ones. */
export async function everyPage(
  change: (input: unknown) => unknown = (input) => input,
  which: (sample: string, language: Language) => boolean = () => true,
): Promise<Rendered[]> {
  const rendered: Rendered[] = []
  for (const [file, page] of await pages()) {
    for (const [sample, { input: given }] of Object.entries(page.samples)) {
      const input = change(given)
      for (const language of LANGUAGES.filter((one) => which(sample, one))) {
        const html = (draw[file] ?? inFrame)(page, input, language, sample, file)
        rendered.push({ name: `${file} · ${sample}`, file, sample, language, html, input })
      }
    }
  }
  return rendered
}

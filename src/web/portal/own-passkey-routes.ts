import type { Context } from 'koa'
import { ownDonePage } from '../../../views/portal/own-done.ts'
import { ownPasskeyPage } from '../../../views/portal/own-passkey.ts'
import { TROUBLE } from '../../identity/trouble.ts'
import type { Refusal } from '../../methods/method.ts'
import { type Enrolment, QUESTION_LIFE } from '../../methods/passkey/enrolment.ts'
import type { Present } from '../../oidc/present.ts'
import { type Db, transaction } from '../../platform/db.ts'
import { PASSKEY_ANSWER } from '../desk/routes.ts'
import { readForm } from '../form.ts'
import { page } from '../frame.ts'
import { scriptNonce } from '../headers.ts'
import type { Route } from '../router.ts'
import { type Own, tellWait } from './own.ts'
import { ME } from './relying-party.ts'

export interface Needs extends Own {
  readonly db: Db
  readonly enrolment: Enrolment
  /** The public address of a script in views/. */
  readonly script: (name: string) => string
}

const PATH = `${ME}/add/passkey`

/** Making a passkey: only after a sign-in at `high`, for it is the surest that somebody can have without a card. */
export function ownPasskeyRoutes({ db, enrolment, script, entrance, checkForm, around, ownerOf }: Needs): Route[] {
  /** Each question is answered once: every showing asks anew. */
  async function show(ctx: Context, present: Present, last: { trouble?: Refusal; name?: string } = {}): Promise<void> {
    const { person, acr, at } = present
    const begun = await enrolment.begin(db, person, { by: 'sign-in', acr, at: at * 1000 })
    const trouble = begun.ok ? last.trouble : { code: begun.code }
    const input = {
      action: PATH,
      anew: PATH,
      back: ME,
      options: JSON.stringify(begun.ok ? begun.options : {}),
      life: QUESTION_LIFE,
      script: script('login/passkey.js'),
      scriptNonce: scriptNonce(ctx),
      name: last.name,
      trouble,
    }
    tellWait(ctx, trouble)
    page(ctx, ownPasskeyPage.render(input, around(ctx, present)), trouble ? TROUBLE[trouble.code].status : 200)
  }

  return [
    {
      method: 'GET',
      path: PATH,
      async handler(ctx) {
        const present = await entrance.enterFor(ctx, 'high')
        if (present) await show(ctx, present)
      },
    },
    {
      method: 'POST',
      path: PATH,
      async handler(ctx) {
        checkForm(ctx)
        const present = await entrance.enterFor(ctx, 'high')
        if (!present) return
        const { answer = '', name = '' } = await readForm(ctx, PASSKEY_ANSWER)
        const { person, request } = ownerOf(ctx, present)
        const kept = await transaction(db, (tx) => enrolment.finish(tx, person.key, { answer, name, request }))
        if (!kept.ok) return show(ctx, present, { trouble: { code: kept.code }, name })
        page(ctx, ownDonePage.render({ what: 'added', kind: 'passkey', back: ME }, around(ctx, present)))
      },
    },
  ]
}

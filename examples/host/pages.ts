/** The pages of the demo Platform. Whatever a person typed is escaped by `html`; only drawings are raw. */
import { html, raw } from 'hono/html'
import { renderSVG } from 'uqr'
import { people, type Person, type Profile } from './people.ts'
import { type Language, text } from './text.ts'

export interface View {
  readonly language: Language
  readonly visitor: Person | undefined
}

type Html = ReturnType<typeof html>

export function homePage(view: View): Html {
  const t = text[view.language]
  return page(
    view,
    t.shop,
    html`<section class="lead">
        <h1>${t.tagline}</h1>
        <p>${t.lead}</p>
      </section>
      <section aria-labelledby="makers">
        <h2 id="makers">${t.makers}</h2>
        <ul class="makers">
          ${people.map(
            (person) =>
              html`<li>
                <a href="/people/${person.id}">
                  ${raw(drawing(person))}
                  <b>${person.name[view.language]}</b>
                  <span>${person.craft[view.language]}</span>
                </a>
              </li>`,
          )}
        </ul>
      </section>
      <section class="how" aria-labelledby="how">
        <h2 id="how">${t.howTitle}</h2>
        <ol>
          ${t.how.map((step) => html`<li>${step}</li>`)}
        </ol>
      </section>`,
  )
}

/** `script` is one that must not wait until the visitor has signed in. */
export function chooserPage(view: View, next: string, isForPlasma: boolean, script?: string): Html {
  const t = text[view.language]
  return page(
    view,
    t.chooseTitle,
    html`<section class="narrow">
      <h1>${t.chooseTitle}</h1>
      <p>${isForPlasma ? t.chooseForPlasma : t.chooseLead}</p>
      <form method="post" action="/sign-in" class="chooser">
        <input type="hidden" name="next" value="${next}" />
        ${people.map(
          (person) =>
            html`<button name="person" value="${person.id}">
              ${t.signInAs(person.name[view.language])}
            </button>`,
        )}
      </form>
    </section>`,
    script,
  )
}

export function profilePage(view: View, person: Person, profile: Profile, messengerOrigin: string): Html {
  const t = text[view.language]
  const name = person.name[view.language]
  const isOwn = view.visitor?.id === person.id
  return page(
    view,
    name,
    html`<article class="profile">
      <div class="piece">${raw(drawing(person))}</div>
      <div>
        <p class="craft">${person.craft[view.language]}</p>
        <h1>${name}</h1>
        ${
          isOwn
            ? ownProfile(view, person, profile, messengerOrigin)
            : profile.link === null
              ? html`<p class="note">${t.noLink(name)}</p>`
              : html`<a class="button" href="${profile.link}" rel="noreferrer">${t.message(name)}</a>
                  <p class="quiet">${t.private}</p>`
        }
        ${profile.link === null ? '' : qrCode(view, name, profile.link)}
      </div>
    </article>`,
  )
}

export function addLinkPage(view: View, person: Person): Html {
  const t = text[view.language]
  return page(
    view,
    t.addLinkTitle,
    html`<section class="narrow">
      <h1>${t.addLinkTitle}</h1>
      <p>${t.addLinkLead}</p>
      <form method="post" action="/people/${person.id}/link" id="add-link" hidden>
        <output class="link" id="link-shown"></output>
        <input type="hidden" name="link" id="link" />
        <button>${t.addLink}</button>
      </form>
      <p class="note" id="no-link">${t.addLinkEmpty}</p>
      <p><a href="/people/${person.id}">${t.cancel}</a></p>
    </section>`,
    '/link.js',
  )
}

export function messagePage(view: View, message: string): Html {
  return page(
    view,
    message,
    html`<section class="narrow">
      <h1>${message}</h1>
      <p><a href="/">${text[view.language].home}</a></p>
    </section>`,
  )
}

function ownProfile(view: View, person: Person, profile: Profile, messengerOrigin: string): Html {
  const t = text[view.language]
  return html`<p class="quiet">${t.yourProfile}</p>
    <a class="button" href="${messengerOrigin}/">${t.openPlasma}</a>
    ${profile.link === null ? html`<p class="note">${t.noLinkOwn}</p>` : ''}
    <form method="post" action="/people/${person.id}/link">
      <label for="link">${t.linkLabel}</label>
      <input id="link" name="link" type="url" required autocomplete="off" aria-describedby="link-help" />
      <small id="link-help">${t.linkHelp}</small>
      <button>${t.saveLink}</button>
    </form>
    ${
      profile.link === null
        ? ''
        : html`<form method="post" action="/people/${person.id}/link">
            <input type="hidden" name="link" value="" />
            <button class="plain">${t.removeLink}</button>
          </form>`
    }
    <form method="post" action="/people/${person.id}/paid">
      <h2>${t.plan}</h2>
      <p>${profile.isPaid ? t.paid : t.unpaid}</p>
      <input type="hidden" name="paid" value="${profile.isPaid ? 'no' : 'yes'}" />
      <button class="plain">${profile.isPaid ? t.makeUnpaid : t.makePaid}</button>
    </form>`
}

function qrCode(view: View, name: string, link: string): Html {
  const t = text[view.language]
  const code = renderSVG(link, { ecc: 'Q', border: 4 })
  return html`<figure class="qr">
    <div role="img" aria-label="${t.codeOf(name)}">${raw(code)}</div>
    <figcaption>${t.scan}</figcaption>
  </figure>`
}

function page(view: View, title: string, body: Html, script?: string): Html {
  const t = text[view.language]
  const { visitor } = view
  return html`<!doctype html>
    <html lang="${view.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="stylesheet" href="/host.css" />
        <link rel="icon" href="/icon.svg" />
        ${script === undefined ? '' : html`<script src="${script}" type="module"></script>`}
      </head>
      <body>
        <header>
          <a class="brand" href="/">${t.shop}</a>
          <nav>
            ${
              visitor === undefined
                ? html`<a href="/sign-in">${t.signIn}</a>`
                : html`<a href="/people/${visitor.id}">${t.signedInAs(visitor.name[view.language])}</a>
                    <form method="post" action="/sign-out"><button class="plain">${t.signOut}</button></form>`
            }
          </nav>
        </header>
        <main>${body}</main>
      </body>
    </html>`
}

/** A vase in the person's colours. Its shape depends on who made it. */
function drawing({ id, colours: [glaze, clay, ground] }: Person): string {
  const belly = 44 + (id.charCodeAt(0) % 4) * 8
  const [left, right] = [100 - belly, 100 + belly]
  return `<svg viewBox="0 0 200 200" role="presentation" focusable="false">
    <rect width="200" height="200" fill="${ground}"/><rect y="158" width="200" height="42" fill="${clay}" opacity=".35"/>
    <ellipse cx="100" cy="166" rx="${belly}" ry="8" fill="#000" opacity=".18"/>
    <path d="M86 60C86 84 ${left} 92 ${left} 122C${left} 148 ${left + 14} 164 ${left + 22} 166H${right - 22}C${right - 14} 164 ${right} 148 ${right} 122C${right} 92 114 84 114 60Z" fill="${glaze}"/>
    <path d="M100 60C114 60 114 60 114 60C114 84 ${right} 92 ${right} 122C${right} 148 ${right - 14} 164 ${right - 22} 166H116C126 130 120 96 100 60Z" fill="${clay}" opacity=".55"/>
    <ellipse cx="100" cy="60" rx="14" ry="4" fill="${clay}"/>
  </svg>`
}

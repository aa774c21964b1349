import { description, operations, type Operation } from './description.ts'
import { RIGHTS } from './rights.ts'

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The document for people: plain HTML made of it, without a script and without anything from outside. */
export function docsPage(): string {
  const { info, tags } = description
  const sections = tags.map(({ name, description: about }) => {
    const own = operations.filter(({ tag }) => tag === name)
    return `<h2>${escaped(name)}</h2><p>${escaped(about)}</p>${own.map(operationHtml).join('')}`
  })
  const schemas = Object.entries(description.components.schemas).map(
    ([name, schema]) => `<h3 id="${name}">${name}</h3><pre>${escaped(JSON.stringify(schema, null, 2))}</pre>`,
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(info.title)}</title>
<link rel="stylesheet" href="/api/docs/style.css"></head><body><h1>${escaped(info.title)}</h1><p>${escaped(info.description)}
The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
${sections.join('')}<h2>schemas</h2>${schemas.join('')}</body></html>`
}

function operationHtml({
  id,
  method,
  path,
  summary,
  description: more,
  parameters,
  body,
  statuses,
}: Operation): string {
  const rows = parameters.map(
    ({ name, in: place, required, description: about, schema }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${place}${required ? ', required' : ''}</td>` +
      `<td>${escaped(about ?? '')} <code>${escaped(JSON.stringify(schema))}</code></td></tr>`,
  )
  return `<section id="${id}"><h3><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code></h3>
<p>${escaped(summary)}. ${escaped(more ?? '')}</p><p>Roles: ${RIGHTS[id].join(', ')}. Answers: ${statuses.join(', ')}.
${body === null ? '' : `Body: <a href="#${body}">${body}</a>.`}</p>${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}</section>`
}

export const docsStyle = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;background:#f4f4f4;padding:.5rem}
td{padding:.1rem .8rem .1rem 0;vertical-align:top}section{border-top:1px solid #ccc}
`

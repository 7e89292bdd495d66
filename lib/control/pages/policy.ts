/** The policy in force, each value with where it comes from. */
import { html } from 'hono/html';
import type { PolicyRow, PolicyTable } from '../../core/policy/explain.ts';
import { type Frame, type Html, layout } from './layout.ts';
import { visible } from './text.ts';

export function policyPage(tables: readonly PolicyTable[], frame: Frame): Html {
  return layout(
    `Policy of ${frame.environment}`,
    html`<main id="content"><h1>Policy</h1>
<p class="quiet">What holds in <bdi>${visible(frame.environment)}</bdi> now: the operator's file, laid over what is built in. To change it, change the file and restart the gateway.</p>
${tables.map(section)}
</main>`,
    frame,
  );
}

function section({ title, rows }: PolicyTable, at: number): Html {
  return html`<section aria-labelledby="policy-${at}"><h2 id="policy-${at}">${title}</h2>
<table class="policy"><thead><tr><th scope="col">Setting</th><th scope="col">Value, and where it comes from</th></tr></thead>
<tbody>${settings(rows).map(
    ([name, values]) =>
      html`<tr><th scope="row"><code>${visible(name)}</code></th><td>${values.length === 1 ? values.map(one) : html`<ul>${values.map((each) => html`<li>${one(each)}</li>`)}</ul>`}</td></tr>`,
  )}</tbody></table></section>`;
}

function one([, value, from]: PolicyRow): Html {
  const own = from.startsWith('file,');
  return html`<span class="value">${visible(value)}</span> <span class="${own ? 'from own' : 'from'}">${visible(from)}</span>`;
}

/** A row without a name goes on with the one before. */
function settings(rows: readonly PolicyRow[]): [string, PolicyRow[]][] {
  const found: [string, PolicyRow[]][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (row[0] === '' && last !== undefined) last[1].push(row);
    else found.push([row[0], [row]]);
  }
  return found;
}

/** What a plan changes, as an approver reads it in a mail: the same as on the page of the request. */
import { html } from 'hono/html';
import type { Tier } from '../../core/finding.ts';
import type { ChangeLine, Changes, RiskLine, Tone } from '../content.ts';
import { foreign } from './foreign.ts';
import { type Html, heading, MONO, TONES } from './html-look.ts';

export function changesPart({ together, shown, more, reach }: Changes): Html | null {
  if (shown.length === 0 && together.length === 0) return null;
  return html`${heading('What changes, the worst first')}
${together.map(risk)}
${shown.map(change)}
${more > 0 ? html`<p class="quiet" style="margin:0 0 16px;color:#55606f">and ${more} more, none worse</p>` : null}
${reach.length === 0 ? null : html`${heading('How far it reaches')}<ul style="margin:0 0 16px;padding-left:20px">${reach.map((each) => html`<li style="margin:0 0 4px;font-size:14px;overflow-wrap:anywhere;word-break:break-word">${foreign(each)}</li>`)}</ul>`}<div style="height:6px"></div>`;
}

function risk({ kind, tier, consequence, why, members }: RiskLine): Html {
  return box(
    tier,
    html`<p style="margin:0 0 2px;overflow-wrap:anywhere"><b>Together: ${foreign(kind)}</b></p>
<p style="margin:0;font-size:14px;overflow-wrap:anywhere">${badge(tier, consequence)} ${foreign(why)}</p>
<p style="margin:4px 0 0;font-size:13px;overflow-wrap:anywhere;word-break:break-word;${MONO}">${foreign(members)}</p>`,
  );
}

function change({ action, address, tier, consequence, why, evidence, advice }: ChangeLine): Html {
  return box(
    tier,
    html`<p style="margin:0 0 2px;overflow-wrap:anywhere"><b style="text-transform:uppercase;font-size:12px">${action}</b> <span style="font-size:14px;${MONO}">${foreign(address)}</span></p>
<p style="margin:0;font-size:14px;overflow-wrap:anywhere">${badge(tier, consequence)} ${foreign(why)}</p>
${evidence.map((fact) => html`<p style="margin:2px 0 0;font-size:13px;overflow-wrap:anywhere;word-break:break-word;${MONO}">${foreign(fact)}</p>`)}
${advice === null ? null : html`<p style="margin:4px 0 0;font-size:14px;overflow-wrap:anywhere"><b>Safer:</b> ${foreign(advice)}</p>`}`,
  );
}

function box(tier: Tier, inner: Html): Html {
  const tone = toneOf(tier);
  return html`<div class="change edge-${tone}" style="margin:0 0 10px;padding:8px 12px;border:1px solid #d5d9e0;border-left:5px solid ${TONES[tone].ink};border-radius:6px">
${inner}</div>`;
}

function badge(tier: Tier, consequence: string): Html {
  const tone = toneOf(tier);
  return html`<span class="${tone}" style="background:${TONES[tone].ground};color:${TONES[tone].ink};font-weight:600;font-size:12px;padding:1px 8px;border-radius:9px">${consequence}</span>`;
}

function toneOf(tier: Tier): Tone {
  return tier >= 4 ? 'grave' : tier === 1 ? 'calm' : 'wary';
}

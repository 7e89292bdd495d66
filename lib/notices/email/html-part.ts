/**
 * The HTML part. Mail programs know little: tables, inline styles, no script, no image, nothing from elsewhere.
 * Colours have a dark twin for programs that ask for it; contrast of text is at least 4.5:1 in both.
 */
import { html } from 'hono/html';
import type { AgentWords, NoticeContent, Said } from '../content.ts';
import { foreign, foreignWords, MADE_SAFE } from './foreign.ts';
import { changesPart } from './html-changes.ts';
import { type Html, heading, MONO, TONES } from './html-look.ts';
import { type Letter, LINK_NOTE } from './text-part.ts';

export async function htmlPart({ content, link, pageUrl }: Letter): Promise<string> {
  const { environment, title, alarm, command, facts, changes, reasons, said, agentWords } = content;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${foreign(content.subject)}</title>
<style>${DARK}</style></head>
<body class="bg" style="margin:0;padding:0;background:#f3f4f6;${FONT}">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${foreign(alarm?.text ?? content.subject)}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;background:#ffffff;border:1px solid #d5d9e0;border-radius:10px"><tr><td class="ink" style="padding:20px 22px;color:#1b2330;font-size:15px;line-height:1.45">
<span class="env" style="display:inline-block;background:#1b2330;color:#ffffff;font-weight:700;font-size:13px;padding:2px 10px;border-radius:4px">${foreign(environment)}</span>
<h1 style="margin:10px 0 12px;font-size:21px;line-height:1.25">${foreign(title)}</h1>
${alarm === null ? null : alarmBox(alarm)}
${command === null ? null : commandPart(command)}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">${facts.map(
    ({ label, value }) =>
      html`<tr class="fact"><td class="quiet" valign="top" style="color:#55606f;padding:3px 12px 3px 0;white-space:nowrap;width:1%">${label}</td><td valign="top" style="padding:3px 0;overflow-wrap:anywhere;word-break:break-word">${foreign(value)}</td></tr>`,
  )}</table>
${link === null ? null : button(link)}
${changes === null ? null : changesPart(changes)}
${reasons.length === 0 ? null : html`${heading('Why you are asked')}<ul style="margin:0 0 16px;padding-left:20px">${reasons.map((each) => html`<li style="margin:0 0 4px;overflow-wrap:anywhere">${foreign(each)}</li>`)}</ul>`}
${said.length === 0 ? null : saidPart(said)}
${agentWords === null ? null : agentPart(agentWords)}
${link !== null || pageUrl === null ? null : html`<p style="margin:0 0 16px"><a class="link" href="${pageUrl}" style="color:#0b57a4">Open it in the console</a></p>`}
<p class="quiet rule" style="margin:0;padding-top:12px;border-top:1px solid #d5d9e0;color:#55606f;font-size:13px">The gateway of ${foreign(environment)}. Answers to this mail reach nobody.</p>
</td></tr></table></td></tr></table></body></html>`;
  return String(await page);
}

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const PRE = `margin:0 0 8px;padding:10px 12px;background:#f3f4f6;border:1px solid #d5d9e0;border-radius:6px;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word;${MONO}`;

const DARK = `@media (prefers-color-scheme:dark){
.bg{background:#12161d!important}.card{background:#1b212b!important;border-color:#3a4453!important}
.ink{color:#e8ebf0!important}.quiet{color:#a9b4c3!important}.rule{border-color:#3a4453!important}
.env{background:#e8ebf0!important;color:#12161d!important}
.code{background:#12161d!important;border-color:#3a4453!important}.link{color:#8fc0ff!important}
.grave{background:#3c161b!important;color:#ffb3ba!important}.wary{background:#3a2a0c!important;color:#ffd48a!important}.calm{background:#10301f!important;color:#9fe0bb!important}
.agent{border-color:#7d899a!important}.change{border-top-color:#3a4453!important;border-right-color:#3a4453!important;border-bottom-color:#3a4453!important}
.edge-grave{border-left-color:#ff8f99!important}.edge-wary{border-left-color:#e8b35a!important}.edge-calm{border-left-color:#6fcb97!important}
}
@media (max-width:480px){.ink{padding:16px 14px!important}.button a{display:block!important}}`;

function alarmBox({ text, tone }: NonNullable<NoticeContent['alarm']>): Html {
  const { ink, ground } = TONES[tone];
  return html`<p class="${tone}" style="margin:0 0 14px;padding:10px 14px;border-radius:8px;border:1px solid ${ink};background:${ground};color:${ink};font-weight:600;overflow-wrap:anywhere">${foreign(text)}</p>`;
}

function commandPart(command: string): Html {
  const shown = foreign(command);
  const note =
    shown === command
      ? null
      : html`<p class="quiet" style="margin:0 0 14px;color:#55606f;font-size:13px">${MADE_SAFE}</p>`;
  return html`<pre class="code" style="${PRE}">${shown}</pre>${note}`;
}

function button(link: string): Html {
  return html`<p class="button" style="margin:0 0 8px"><a href="${link}" style="display:inline-block;background:#0b57a4;color:#ffffff;font-weight:700;font-size:16px;text-decoration:none;text-align:center;padding:12px 26px;border-radius:8px">Look and decide</a></p>
<p class="quiet" style="margin:0 0 18px;color:#55606f;font-size:13px">${LINK_NOTE}</p>`;
}

function saidPart(said: readonly Said[]): Html {
  return html`<ul style="margin:0 0 16px;padding-left:20px">${said.map(
    ({ who, did, reason }) =>
      html`<li style="margin:0 0 4px;overflow-wrap:anywhere"><b>${foreign(who)}</b> ${did}${reason === '' ? null : html`: <q>${foreign(reason)}</q>`}</li>`,
  )}</ul>`;
}

function agentPart({ reason, operation, target }: AgentWords): Html {
  return html`<div class="agent" style="margin:0 0 18px;padding:10px 14px;border:1px dashed #55606f;border-radius:8px">
<p style="margin:0 0 2px;font-weight:600">The agent’s own words</p>
<p class="quiet" style="margin:0 0 8px;color:#55606f;font-size:13px">Nobody checked them; they may be wrong or meant to mislead.</p>
<p style="margin:0;white-space:pre-wrap;overflow-wrap:anywhere;word-break:break-word">${foreignWords(reason === '' ? '(none)' : reason)}</p>
${operation === null ? null : html`<p style="margin:6px 0 0;overflow-wrap:anywhere">Operation, it says: <q>${foreignWords(operation)}</q></p>`}
${target === null ? null : html`<p style="margin:6px 0 0;overflow-wrap:anywhere">Target, it says: <q>${foreignWords(target)}</q></p>`}
</div>`;
}

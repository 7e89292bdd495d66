/** What the parts of a mail look like. */
import { html } from 'hono/html';
import type { Tone } from '../content.ts';

export type Html = ReturnType<typeof html>;

export const MONO = 'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace';

export const TONES: Readonly<Record<Tone, { readonly ink: string; readonly ground: string }>> = {
  grave: { ink: '#9b1420', ground: '#fdecee' },
  wary: { ink: '#7a4600', ground: '#fff3dd' },
  calm: { ink: '#12603a', ground: '#e6f5ec' },
};

export function heading(text: string): Html {
  return html`<h2 style="margin:0 0 8px;font-size:16px">${text}</h2>`;
}

import { describe, expect, it } from 'vitest';
import { printed } from '../../lib/executor/printed.ts';
import { sweepSecrets } from '../../lib/executor/sweep.ts';

const ESC = '\u001b';
const TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const shown = (text: string, secrets: readonly string[] = []) => printed(text, secrets, sweepSecrets);

describe('what a program printed', () => {
  it('loses colours, links and titles, and nothing else', async () => {
    expect(await shown(`${ESC}[1m${ESC}[31mError:${ESC}[0m\tno\r\n${ESC}]8;;https://x${ESC}\\`)).toBe(
      'Error:\tno\r\n',
    );
    expect(await shown('größer — 日本 [31m]\n')).toBe('größer — 日本 [31m]\n');
  });

  it('hides no secret behind a colour: by shape, by name, by value', async () => {
    const at = 12;
    const painted = `${TOKEN.slice(0, at)}${ESC}[01;31m${ESC}[K${TOKEN.slice(at, 20)}${ESC}[m${ESC}[K${TOKEN.slice(20)}`;
    expect(await shown(`x ${painted} y`)).toBe('x [redacted] y');
    expect(await shown(`password${ESC}[31m=${ESC}[mcorrect-horse`)).not.toContain('correct-horse');
    expect(await shown(`is hunter${ESC}[1m2hunter2 now`, ['hunter2hunter2'])).toBe('is [redacted] now');
  });
});

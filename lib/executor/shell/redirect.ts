/** Redirections of judged commands: files and texts to read, nothing to write. */
import { closeSync } from 'node:fs';
import type { JudgedRedirect, JudgedScript } from '../../core/shell/script.ts';
import { type Io, type Machine, refuse, sink } from './machine.ts';
import { openInput } from './open-input.ts';
import { pour } from './pipes.ts';
import { STDIN } from './program-kinds.ts';

/** Runs `body` with the descriptors that the redirections lead to, and closes what it opened. */
export async function redirected(
  machine: Machine,
  cwd: string,
  redirects: readonly JudgedRedirect[],
  io: Io,
  body: (io: Io) => Promise<number>,
): Promise<number> {
  const fds: [number, number, number] = [...io];
  const opened: number[] = [];
  try {
    for (const redirect of redirects) {
      switch (redirect.kind) {
        case 'input': {
          if (STDIN.test(redirect.path)) break;
          const fd = openInput(machine, cwd, redirect.path);
          if (fd === 'refused') refuse(machine, `${redirect.path} is not an ordinary file that may be read.`);
          if (fd === 'missing') {
            await pour(sink(machine, fds[2]), Buffer.from(`${redirect.path}: No such file or directory\n`));
            return 1;
          }
          opened.push(fd);
          fds[0] = fd;
          break;
        }
        case 'text': {
          const { read, write } = await machine.pipes.open();
          opened.push(read);
          fds[0] = read;
          void pour(write, Buffer.from(redirect.text)).finally(() => closeSync(write));
          break;
        }
        case 'discard':
          for (const fd of redirect.fds) fds[fd === 2 ? 2 : 1] = machine.nowhere;
          break;
        case 'dup':
          fds[redirect.from === 2 ? 2 : 1] = fds[redirect.to === 2 ? 2 : 1];
          break;
      }
    }
    return await body(fds);
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

/** `|&`: standard error follows standard output, after the command's own redirections. */
export function merged(stage: JudgedScript): JudgedScript {
  const both: JudgedRedirect = { kind: 'dup', from: 2, to: 1 };
  switch (stage.kind) {
    case 'run':
    case 'lookup':
    case 'subshell':
    case 'shell':
      return { ...stage, redirects: [...stage.redirects, both] };
    default:
      return { kind: 'subshell', body: stage, redirects: [both] };
  }
}

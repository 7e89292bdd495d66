/** Secrets of the operator on one machine: environment variables, and files that are their owner's alone. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Secrets } from '../ports/people.ts';

export function localSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  return {
    async read(name) {
      if (name.startsWith('arn:'))
        throw new Error(`${name} is a secret of the cloud; name a variable or a file here`);
      const text = name.startsWith('/') ? await fromFile(name) : env[name];
      if (text === undefined) throw new Error(`the environment variable ${name} is not set`);
      if (text === '') throw new Error(`${name} is empty`);
      return text;
    },
  };
}

const MAX_BYTES = 16_384;

/** Without the line end that editors leave. */
async function fromFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      throw new Error(`${path} cannot be read (${codeOf(error)})`);
    },
  );
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error(`${path} is not a plain file`);
    if (process.getuid !== undefined && stats.uid !== process.getuid()) {
      throw new Error(`${path} belongs to another user`);
    }
    if (process.getuid !== undefined && (stats.mode & 0o077) !== 0) {
      throw new Error(`${path} is open to other users: run chmod 600 ${path}`);
    }
    if (stats.size > MAX_BYTES) throw new Error(`${path} is too large to be a secret`);
    return (await file.readFile('utf8')).replace(/\r?\n$/, '');
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

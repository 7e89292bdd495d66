import { readFile } from 'node:fs/promises';

export interface ControlFile {
  readonly url: string;
  readonly token: string;
}

/** What `control.json` says of the running console, or null where none runs. */
export async function readControlFile(path: string): Promise<ControlFile | null> {
  const found = await parse(path);
  return found !== null && (await answers(found.url)) ? found : null;
}

async function parse(path: string): Promise<ControlFile | null> {
  try {
    const { url, token } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : null;
  } catch {
    return null;
  }
}

/** A file that a killed gateway left behind names a port that nobody, or somebody else, listens on. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/style.css`, { signal: AbortSignal.timeout(1000) });
    return response.headers.get('content-type')?.startsWith('text/css') === true;
  } catch {
    return false;
  }
}

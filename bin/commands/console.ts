/** `recourse console`: a one-time link to the console of the gateway that is running. */
import { spawn } from 'node:child_process';
import { createLink } from '../../lib/control/links.ts';
import { readControlFile } from '../control-file.ts';
import { localApprover, openStartedState, type WhichState } from '../local-state.ts';
import { Stop } from '../stop.ts';

const LINK_TTL_SECONDS = 300;

export async function openConsole(options: WhichState & { print?: boolean }): Promise<void> {
  const state = await openStartedState(options);
  try {
    const control = await readControlFile(state.folder.files.control, state.keys);
    if (control === null) {
      throw new Stop(
        `no console is running for ${state.environment}; start one: recourse gateway serve -e ${state.environment}`,
      );
    }
    const grant = { purpose: 'console', approver: localApprover() } as const;
    const { token } = await createLink({ ...state, hasher: state.keys }, grant, LINK_TTL_SECONDS);
    const link = `${control.url}/console/login?t=${token}`;
    if (options.print || !(await openBrowser(link))) process.stdout.write(`${link}\n`);
    process.stderr.write(`The link works once, within ${LINK_TTL_SECONDS / 60} minutes.\n`);
  } finally {
    await state.store.close();
  }
}

/** False where there is nothing to open a browser with. */
function openBrowser(link: string): Promise<boolean> {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(opener, [link], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
    child.unref();
  });
}

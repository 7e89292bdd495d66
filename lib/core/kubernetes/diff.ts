/**
 * `kubectl diff` as text that is the same for the same change: without temporary paths, times, and values that
 * the server draws anew with every dry run.
 */

/** `manifest` is the text whose diff this is: what it says itself stays as it is. */
export function steadyDiff(printed: string, manifest: string): string {
  const lines: string[] = [];
  for (const line of printed.split('\n')) {
    const header = /^(---|\+\+\+) \S*?\/(LIVE|MERGED)-[^/\s]*\/([^\s]+)/.exec(line);
    if (header !== null) {
      lines.push(`${header[1]} ${header[2] === 'LIVE' ? 'live' : 'after'}/${header[3]}`);
    } else if (!/^diff (?:-\S+ )*\S*?\/LIVE-/.test(line)) {
      lines.push(steadyLine(line, manifest));
    }
  }
  return lines.join('\n');
}

const DRAWN =
  /^([ +-]\s*(?:- )?(?:"?(?:[\w./-]*uid|creationTimestamp|resourceVersion|generation|clusterIP|nodePort|healthCheckNodePort)"?:\s*))"?([^"\s]+)"?(\s*)$/;
const LISTED_ADDRESS = /^([+]\s*- )"?([0-9a-f:.]{3,45})"?(\s*)$/;

function steadyLine(printed: string, manifest: string): string {
  const line = printed.replace(/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<set by the server>');
  const [, lead, value] = DRAWN.exec(line) ?? LISTED_ADDRESS.exec(line) ?? [];
  if (lead === undefined || value === undefined || !isDrawn(value) || manifest.includes(value)) return line;
  return `${lead}<set by the server>`;
}

/** A UUID, a time, a number or an address: never a word. */
function isDrawn(value: string): boolean {
  return /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|\d{1,20}|[0-9a-f]*[:.][0-9a-f:.]+)$/i.test(
    value,
  );
}

import type { Node, Word } from './tree.ts';

/** Programs whose output somebody on the network chooses. */
export const FETCHERS: ReadonlySet<string> = new Set(
  `curl wget wget2 fetch aria2c axel http https httpie xh curlie lynx w3m links links2 elinks lwp-request lwp-download
   GET nc ncat netcat nc.traditional nc.openbsd socat telnet ftp lftp tftp sftp ssh openssl gsutil aws az gcloud rclone
   mc s3cmd gh dig host nslookup drill finger whois ldapsearch smbclient wscat websocat rsync scp`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/** Names that only pass a command on; any of their operands may be the program that runs. */
const CARRIERS =
  /^(?:sudo|doas|env|command|builtin|exec|nice|ionice|nohup|timeout|gtimeout|stdbuf|setsid|time|xargs|busybox|toybox|torsocks|torify|proxychains4?|retry|unbuffer|sh|bash|zsh|dash|ksh|eval|chroot|watch|flock)$/;

/** True when running `node` reads the network, or a socket opened as a file, anywhere inside. */
export function fetches(node: Node): boolean {
  const known = ANSWERS.get(node);
  if (known !== undefined) return known;
  const answer = reads(node);
  ANSWERS.set(node, answer);
  return answer;
}

/** Trees never change, so the answer for one holds for its life; nesting would make it quadratic otherwise. */
const ANSWERS = new WeakMap<Node, boolean>();

function reads(node: Node): boolean {
  switch (node.k) {
    case 'simple':
      return (
        runsFetcher(node.words) ||
        node.words.some(wordFetches) ||
        node.assigns.some((assign) =>
          assign.value ? wordFetches(assign.value) : assign.nested.some(fetches),
        ) ||
        node.redirects.some((redirect) => {
          if (redirect.k === 'file') return readsSocket(redirect.target) || wordFetches(redirect.target);
          return redirect.k === 'text' && wordFetches(redirect.body);
        })
      );
    case 'pipe':
      return node.stages.some(fetches);
    case 'logic':
      return fetches(node.left) || fetches(node.right);
    case 'list':
      return node.nodes.some(fetches);
    case 'background':
    case 'group':
    case 'for':
    case 'redirected':
      return fetches(node.body);
    case 'if':
      return fetches(node.test) || fetches(node.body) || (node.otherwise !== null && fetches(node.otherwise));
    case 'opaque':
      return node.parts.some(fetches);
  }
}

function runsFetcher(words: readonly Word[]): boolean {
  const [name, ...rest] = words.map((word) => basename(plainText(word)));
  if (name === undefined) return false;
  if (FETCHERS.has(name)) return true;
  if (!CARRIERS.test(name)) return false;
  return rest.some((word) => word.split(/[\s;|&()]+/).some((part) => FETCHERS.has(basename(part))));
}

function wordFetches(word: Word): boolean {
  return word.pieces.some((piece) => {
    if (piece.k === 'command' || piece.k === 'process') return fetches(piece.body);
    return (piece.k === 'var' || piece.k === 'unknown') && piece.nested.some(fetches);
  });
}

export function readsSocket(word: Word): boolean {
  return /^\/dev\/(?:tcp|udp)\//.test(plainText(word));
}

function plainText(word: Word): string {
  return word.pieces.map((piece) => (piece.k === 'text' || piece.k === 'glob' ? piece.v : '')).join('');
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

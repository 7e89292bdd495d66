/** What the words of a program are, as far as links and standard input are concerned. */

/** Their words are text, not paths. */
export const PRINTERS: ReadonlySet<string> = new Set([
  'echo',
  'printf',
  'basename',
  'dirname',
  'expr',
  'seq',
]);
/** Among their words is a pattern or a program, such as `..` in jq; their files are all listed as paths. */
export const FILTERS: ReadonlySet<string> = new Set(
  'grep egrep fgrep rgrep zgrep rg fd jq yq sed awk gawk mawk tr cut sort date'.split(' '),
);
export const STDIN = /^(?:\/dev\/stdin|\/dev\/fd\/0|\/proc\/self\/fd\/0)$/;
/** For these, `-` is standard input. */
export const DASHED: ReadonlySet<string> = new Set(
  `cat tac nl head tail wc od sort uniq cut paste comm join fold fmt expand unexpand grep egrep fgrep rgrep diff cmp
   md5sum sha1sum sha256sum sha512sum b2sum cksum base64 sed awk gawk mawk rg column shuf`.split(/\s+/),
);
/** They show names and sizes, never what a file holds. */
export const NAMERS: ReadonlySet<string> = new Set([
  'ls',
  'stat',
  'du',
  'tree',
  'find',
  'test',
  '[',
  'realpath',
  'readlink',
]);

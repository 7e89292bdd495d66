/**
 * Secrets that have a shape of their own and that the secretlint preset does not find, or finds only whole,
 * unescaped or at a file's start. Every pattern is linear: it starts at a literal or a boundary and repeats
 * one class at a time.
 */

/** From (inclusive) and to (exclusive), in UTF-16 units. */
export type Range = readonly [from: number, to: number];

/** Where such secrets lie in `text`; ranges may overlap. */
export function shapeRanges(text: string): Range[] {
  const found: Range[] = privateKeys(text);
  for (const shape of SHAPES) {
    for (const match of text.matchAll(shape)) {
      // A named group `secret` is the part to hide; otherwise the whole match is.
      const secret = match.groups?.secret ?? match[0];
      const from = match.index + match[0].lastIndexOf(secret);
      found.push([from, from + secret.length]);
    }
  }
  for (const match of text.matchAll(FORTY)) {
    if (looksRandom(match[0])) found.push([match.index, match.index + match[0].length]);
  }
  return found;
}

const SHAPES: readonly RegExp[] = [
  // JSON web tokens and encryptions, cut ones too: a header and a payload are enough to leak.
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){1,4}/g,
  // AWS: a secret key or session token by its name in any file format, JSON inside JSON included.
  /(?:secret_?access_?key|aws_?secret(?:_?key)?|session_?token)[\s"'\\:=>,]{1,20}(?<secret>[A-Za-z0-9/+=]{40,4096})/gi,
  // Google: API keys, OAuth access tokens and client secrets.
  /(?<![A-Za-z0-9_-])(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})/g,
  // Azure: storage and service bus keys, shared access signatures, client secrets.
  /(?:AccountKey|SharedAccessKey)=(?<secret>[A-Za-z0-9+/]{40,}={0,2})/g,
  /[?&;]sig=(?<secret>[A-Za-z0-9%+/=_-]{30,})/g,
  /(?<![A-Za-z0-9~_.-])[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}/g,
  // GitHub, GitLab, npm, PyPI, RubyGems, crates.io, Docker.
  /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}|npm_[A-Za-z0-9]{30,})/g,
  /(?<![A-Za-z0-9_-])gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[A-Za-z0-9_.-]{20,}/g,
  /(?<![A-Za-z0-9_-])(?:pypi-[A-Za-z0-9_-]{50,}|rubygems_[a-f0-9]{40,}|cio[A-Za-z0-9]{32}|dckr_pat_[A-Za-z0-9_-]{20,})/g,
  // Vault, Terraform Cloud, Pulumi, Doppler, DigitalOcean, Databricks, Grafana, Fly, age.
  /(?<![A-Za-z0-9_.-])hv[sbr]\.[A-Za-z0-9_-]{20,}/g,
  /(?<![A-Za-z0-9_.-])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}/g,
  /(?<![A-Za-z0-9_-])(?:pul-[a-f0-9]{40}|dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9_.-]{30,}|do[oprt]_v1_[a-f0-9]{60,}|dapi[a-f0-9]{32})/g,
  /(?<![A-Za-z0-9_-])(?:gl(?:sa|c)_[A-Za-z0-9_+/=]{30,}|fm[12]_[A-Za-z0-9+/=_-]{30,}|AGE-SECRET-KEY-1[A-Z0-9]{30,})/g,
  // Stripe, OpenAI and its like, Slack, Telegram, SendGrid, Twilio, Mailgun.
  /(?<![A-Za-z0-9_-])(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}|sk-[A-Za-z0-9_-]{20,})/g,
  /(?<![A-Za-z0-9_-])(?:xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|SK[0-9a-f]{32}|key-[0-9a-f]{32})/g,
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[A-Za-z0-9/_-]{20,})/g,
  /(?<![A-Za-z0-9_-])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}/g,
  // Password hashes, docker registry log-ins, and a PEM block other than a certificate in base64.
  /\$(?:2[abxy]|5|6|7|y|gy|argon2(?:id|i|d)|scrypt)\$[A-Za-z0-9./$=,+-]{20,}/g,
  /"auth\\?"\s{0,9}:\s{0,9}\\?"(?<secret>[A-Za-z0-9+/]{8,}={0,2})/g,
  /LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FURS)[A-Za-z0-9+/_-]{20,}={0,2}/g,
];

/** An AWS secret key without its name: forty characters of base64 that no word, path or hash is made of. */
const FORTY = /(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g;

/** Names change between capitals, small letters and digits a few times; a random text at every other place. */
function looksRandom(text: string): boolean {
  const kinds = text.replace(/[A-Z]/g, 'A').replace(/[a-z]/g, 'a').replace(/[0-9]/g, '0');
  const changes = kinds.replace(/(.)\1+/g, '$1').length - 1;
  return changes >= 15 && kinds.includes('0') && new Set(text).size >= 18;
}

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----/g;
/** What a key's body is made of, in a file, a diff, a log or escaped in JSON. */
const BODY = String.raw`[A-Za-z0-9+/=\s\\,:|~>[;\x1b-]`;
const TO_END = new RegExp(`${BODY}*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----`, 'y');
const TO_STOP = new RegExp(`${BODY}*`, 'y');

/** PEM private keys of any length; one that is cut off counts as far as it goes. */
function privateKeys(text: string): Range[] {
  const found: Range[] = [];
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const body = BEGIN.lastIndex;
    TO_END.lastIndex = body;
    TO_STOP.lastIndex = body;
    const whole = TO_END.exec(text) ?? TO_STOP.exec(text);
    const to = body + (whole?.[0].length ?? 0);
    found.push([begin.index, to]);
    BEGIN.lastIndex = to;
  }
  return found;
}

/**
 * AWS identities: as an operator writes them (IAM ARNs), and as AWS names whoever signed a request (for a role:
 * an STS ARN, without the role's path and with a session name that the caller mostly chose).
 */

/** Who signed a request, as AWS found it out. Never made from anything that the request itself says. */
export interface AwsSigner {
  readonly arn: string;
  readonly account: string;
}

/** One IAM role or user. A session only where AWS itself sets its name: a person's, through Identity Center. */
export interface AwsPrincipal {
  readonly kind: 'role' | 'user';
  readonly partition: string;
  readonly account: string;
  /** Of a role: without its path, for names are unique in an account. Of a user: with it, as AWS names users. */
  readonly name: string;
  readonly session: string | null;
}

/** The principal that an ARN of a configuration names, or what is wrong with it in one sentence. */
export function parsePrincipal(arn: string): AwsPrincipal | { readonly problem: string } {
  const found = parse(arn);
  if (found === null) return { problem: `“${arn}” is no ARN of an IAM role or user, such as ${EXAMPLE}` };
  if (found.session === null || found.name.startsWith(IDENTITY_CENTER)) return found;
  return {
    problem: `“${arn}” names a session, and whoever may assume this role chooses its name: name the role, such as ${EXAMPLE}`,
  };
}

/** Whether the signer is this principal. */
export function isSignedBy(principal: AwsPrincipal, signer: AwsSigner): boolean {
  const found = parse(signer.arn);
  return (
    found !== null &&
    found.account === signer.account &&
    found.kind === principal.kind &&
    found.partition === principal.partition &&
    found.account === principal.account &&
    found.name === principal.name &&
    (principal.session === null || found.session === principal.session)
  );
}

/**
 * What a signer stands for, by a configuration; null for everybody whom it does not name. Throws one clear
 * sentence on an entry that names no principal. `as`: what the entry is about.
 */
export function byPrincipal<T>(
  entries: readonly { readonly principal: string; readonly means: T; readonly as: string }[],
): (signer: AwsSigner) => T | null {
  const known = entries.map(({ principal: arn, means, as }) => {
    const principal = parsePrincipal(arn);
    if ('problem' in principal) throw new TypeError(`${as}: ${principal.problem}`);
    return { principal, means };
  });
  return (signer) => {
    // Two that match are a session and its whole role: the one that says more is meant.
    const matching = known.filter(({ principal }) => isSignedBy(principal, signer));
    return (matching.find(({ principal }) => principal.session !== null) ?? matching[0])?.means ?? null;
  };
}

/** Role names with this prefix are Identity Center's own, and so are the names of their sessions. */
const IDENTITY_CENTER = 'AWSReservedSSO_';
const EXAMPLE = 'arn:aws:iam::111122223333:role/ci';
const NAME = '[\\w+=,.@-]{1,64}';
const PATH = '(?:[\\x21-\\x2e\\x30-\\x7e]+/)*';
const IAM = new RegExp(`^arn:(aws[a-z-]*):iam::(\\d{12}):(role|user)/(${PATH})(${NAME})$`);
const STS = new RegExp(`^arn:(aws[a-z-]*):sts::(\\d{12}):assumed-role/(${NAME})/(${NAME})$`);

function parse(arn: string): AwsPrincipal | null {
  if (arn.length > 2048) return null;
  const [, partition, account, kind, path = '', name] = IAM.exec(arn) ?? [];
  if (partition !== undefined && account !== undefined && name !== undefined) {
    if (kind === 'user') return { kind, partition, account, name: `${path}${name}`, session: null };
    return { kind: 'role', partition, account, name, session: null };
  }
  const [, where, whose, role, session] = STS.exec(arn) ?? [];
  if (where === undefined || whose === undefined || role === undefined || session === undefined) return null;
  return { kind: 'role', partition: where, account: whose, name: role, session };
}

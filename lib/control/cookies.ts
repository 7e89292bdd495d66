/** Cookies of this side: of this host alone, out of reach of scripts, and named so that no other port has them. */

export type CookieName = 'session' | 'login';

/** `strict` is not sent on the way back from another site, such as the issuer; `lax` is, when that is a GET. */
const SAME_SITE = { session: 'Strict', login: 'Lax' } as const;

export function setCookie(origin: string, name: CookieName, value: string, maxAge: number): string {
  const secure = new URL(origin).protocol === 'https:' ? '; Secure' : '';
  return `${fullName(origin, name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=${SAME_SITE[name]}${secure}`;
}

/** Null where there is none, and where there are two: which is ours is unknown. */
export function cookieOf(origin: string, name: CookieName, header: string | undefined): string | null {
  const prefix = `${fullName(origin, name)}=`;
  const [value, ...others] = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  return value === undefined || others.length > 0 ? null : value;
}

/** Browsers keep one cookie jar for all ports of a host, so the port is in the name. */
function fullName(origin: string, name: CookieName): string {
  const { port, protocol } = new URL(origin);
  const full = port === '' ? `recourse_${name}` : `recourse_${name}_${port}`;
  return protocol === 'https:' ? `__Host-${full}` : full;
}

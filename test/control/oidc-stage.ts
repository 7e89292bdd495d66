/** A control side as the cloud has it: people log in through a test issuer, and AWS IAM authorizes the CLI. */
import { type OidcSettings, relyingParty } from '../../lib/control/relying-party.ts';
import { approversByPrincipal } from '../../lib/core/known-approver.ts';
import { testIssuer } from '../support/oidc/issuer.ts';
import { type Setting, stage } from './stage.ts';

export const CONTROL = 'https://control.example.com';
export const CALLBACK = `${CONTROL}/console/callback`;
export const ALICE_SIGNS = {
  arn: 'arn:aws:sts::111122223333:assumed-role/approver-alice/cli',
  account: '111122223333',
};

export interface OidcSetting {
  readonly shape?: 'cognito' | 'standard';
  readonly secret?: string | null;
  readonly settings?: Partial<OidcSettings>;
  readonly policy?: Pick<Setting, 'approvers' | 'roles'>;
}

export async function oidcStage({
  shape = 'cognito',
  secret = null,
  settings = {},
  policy = {},
}: OidcSetting = {}) {
  const clock = { at: new Date('2026-03-01T12:00:00.000Z'), now: () => new Date(clock.at) };
  const idp = await testIssuer({
    shape,
    clock,
    clients: {
      console: {
        secret,
        redirectUris: [CALLBACK],
        scopes: settings.nameClaim === 'username' ? ['openid'] : ['openid', 'email'],
      },
      other: { secret: null, redirectUris: ['http://127.0.0.1:1/'], scopes: ['openid', 'email'] },
    },
    resources: [],
  });
  const oidc = relyingParty(
    {
      issuer: idp.name,
      clientId: 'console',
      clientSecret: secret,
      nameClaim: 'email',
      groupsClaim: shape === 'cognito' ? 'cognito:groups' : 'groups',
      fetch: idp.fetch,
      ...settings,
    },
    { clock, origin: CONTROL },
  );
  const signers = approversByPrincipal([
    { principal: 'arn:aws:iam::111122223333:role/people/approver-alice', approver: 'Alice@example.com' },
  ]);
  const on = await stage({ ...policy, origin: CONTROL, deps: { clock, oidc, signers, local: null } });
  return { ...on, clock, idp, browser: () => new Browser(on.request, idp.fetch) };
}

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** A browser: it keeps cookies of the console, and goes to the issuer and back when it is sent. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #ask: Ask;
  readonly #issuer: (url: string, init?: RequestInit) => Promise<Response>;

  constructor(ask: Ask, issuer: (url: string, init?: RequestInit) => Promise<Response>) {
    this.#ask = ask;
    this.#issuer = issuer;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#ask(path, { headers: { ...(cookie !== '' && { cookie }), ...headers } });
    for (const each of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (each.split(';')[0] ?? '').split('=');
      if (/Max-Age=0/.test(each)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** Begins, and logs in at the issuer; gives the path with which the issuer sends the browser back. */
  async toIssuer(path = '/console/login'): Promise<string> {
    const begun = await this.get(path);
    const location = begun.headers.get('location') ?? '';
    const answer = await this.#issuer(location, { redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '');
    return `${back.pathname}${back.search}`;
  }

  async logIn(path = '/console/login'): Promise<Response> {
    return this.get(await this.toIssuer(path));
  }
}

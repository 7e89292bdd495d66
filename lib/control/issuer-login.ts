/** What the console needs of an OpenID issuer through which people log in. */

/** The secrets of one log-in. They are this browser's, and no other one's. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type Claims = Readonly<Record<string, unknown>>;

export interface IssuerLogin {
  /** The claim that names the human, such as `email`: the same that names the humans behind agents. */
  readonly nameClaim: string;
  /** The claim that lists a person's groups; `cognito:groups` where Cognito is the issuer. */
  readonly groupsClaim: string;
  /** Where the browser goes to log in. Rejects with LoginFailed. */
  authorizationUrl(attempt: Attempt): Promise<string>;
  /** Claims of the ID token that the returned code is good for, verified. Rejects with LoginFailed. */
  redeem(returned: URLSearchParams, attempt: Attempt): Promise<Claims>;
  /** Where the browser logs out of the issuer too; null where it has no such place, or is down. */
  logoutUrl(): Promise<string | null>;
}

/** Why a log-in failed. `down`: trying again may help. */
export class LoginFailed extends Error {
  readonly down: boolean;
  constructor(why: string, down: boolean, cause?: unknown) {
    super(why, { cause });
    this.name = 'LoginFailed';
    this.down = down;
  }
}

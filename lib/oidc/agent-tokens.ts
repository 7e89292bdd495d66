/**
 * Agents by access tokens of an OAuth issuer (JWTs: RFC 9068, and those of Amazon Cognito, which are older).
 * A token opens the door if it was signed by the issuer, for this resource, with the scope that this resource
 * needs, for a client that the operator calls an agent, and if the human behind it has a verified name.
 */
import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { agentsByClient, type KnownAgent } from '../core/known-agent.ts';
import type { Caller } from '../core/plan.ts';
import type { Callers, Identified } from '../ports/people.ts';
import type { Clock } from '../ports/process.ts';
import { IssuerDown } from './ask-issuer.ts';
import { humanNames } from './human.ts';
import type { Issuer } from './issuer.ts';

export interface JwtCallersOptions {
  readonly issuer: Issuer;
  /** Values of `aud` that mean this resource: its URL, or what the issuer calls it. At least one. */
  readonly audience: readonly string[];
  /**
   * All of these a token must have: it is what ID tokens, and tokens for other resources, lack. With none, only
   * tokens that call themselves access tokens in their header (`at+jwt`) are taken.
   */
  readonly scopes: readonly string[];
  readonly agents: readonly KnownAgent[];
  /** What clients that no entry names are called; null: they are refused. */
  readonly defaultAgent: string | null;
  /** The claim that names the human, such as `email`: comparable with how approvers are named. */
  readonly humanClaim: string;
  readonly clock: Clock;
}

/** Throws one clear sentence on options that would let the wrong ones in. */
export function jwtCallers(options: JwtCallersOptions): Callers {
  const { issuer, audience, scopes, clock } = options;
  if (audience.length === 0 || audience.includes('')) throw new TypeError('a resource needs an audience');
  if (scopes.includes('')) throw new TypeError('a scope is not empty');
  const clients = agentsByClient(options.agents);
  const stranger = options.defaultAgent === null ? [] : [{ name: options.defaultAgent, client: ANY }];
  const fallback = agentsByClient(stranger).get(ANY) ?? null;
  const names = humanNames({ issuer, claim: options.humanClaim, clock });

  const identify = async (token: string): Promise<Identified> => {
    const { payload, protectedHeader } = await jwtVerify(token, issuer.key, {
      algorithms: ALGORITHMS,
      issuer: issuer.name,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: clock.now(),
    });
    const client = clientOf(payload);
    const known = client === null ? undefined : clients.get(client);
    const wrong =
      misfit(protectedHeader, payload, clock.now(), scopes.length === 0) ??
      (client === null ? 'names no client' : forOther(payload, audience, known !== undefined));
    if (client === null || wrong !== null) return invalid(`the token ${wrong}`);
    const missing = scopes.filter((scope) => !scopesOf(payload).includes(scope));
    if (missing.length > 0) return { because: 'insufficient_scope', why: `It needs ${scopes.join(' ')}` };
    const agent = known ?? fallback;
    if (agent === null) return refused(`The OAuth client ${client} is no agent of this gateway.`);
    if (isMachine(payload, client)) return recognised(agent);
    const human = await names.of(payload, token);
    if (human === 'token_refused') return invalid('the issuer does not take the token any more');
    if (human === null) {
      return refused(`The token names no human by a verified e-mail address (${options.humanClaim}).`);
    }
    return recognised({ agent: agent.agent, human });
  };

  return {
    identify: async (authorization) => {
      if (authorization === null) return { because: 'no_credentials', why: 'no token' };
      const token = authorization.length > MAX_CHARS ? undefined : BEARER.exec(authorization)?.[1];
      if (token === undefined) return invalid('not a bearer token in the form of a JWT');
      try {
        return await identify(token);
      } catch (failure) {
        if (failure instanceof errors.JOSEError)
          return invalid(`the token does not verify (${failure.code})`);
        if (failure instanceof IssuerDown) {
          return { because: 'unavailable', why: failure.message, retryAfterSeconds: RETRY_SECONDS };
        }
        throw failure;
      }
    },
  };
}

/** Asymmetric ones alone: with an HMAC, whoever can check a token can make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Stands for the clients that no entry names; no client id can be empty. */
const ANY = '';
const LEEWAY_SECONDS = 30;
const RETRY_SECONDS = 5;
const MAX_CHARS = 8_192;
const BEARER = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;

/** Why it is no access token that may be used like this one, though the issuer signed it; null where it may. */
function misfit(
  header: JWTHeaderParameters,
  payload: JWTPayload,
  now: Date,
  mustSay: boolean,
): string | null {
  const type = header.typ?.toLowerCase() ?? 'jwt';
  const saysSo = type === 'at+jwt' || type === 'application/at+jwt';
  if (!saysSo && (mustSay || type !== 'jwt')) return `is of the type ${type.slice(0, 40)}`;
  const use = payload.token_use;
  const isIdToken = ['nonce', 'at_hash', 'c_hash', 's_hash'].some((claim) => claim in payload);
  if (isIdToken || (use !== undefined && use !== 'access')) return 'is no access token';
  if ((payload.iat ?? 0) > now.getTime() / 1000 + LEEWAY_SECONDS) return 'is of the future';
  // Worth something only together with a proof that this API does not check.
  return 'cnf' in payload ? 'is bound to a key' : null;
}

/**
 * Cognito leaves `aud` out unless the client asked for a resource. Then the client stands for it, and only a
 * client that the operator named does.
 */
function forOther(
  { aud, token_use }: JWTPayload,
  audience: readonly string[],
  known: boolean,
): string | null {
  if (aud === undefined) {
    if (token_use !== 'access') return 'has no audience';
    return known ? null : 'has no audience, and its client is not one of the agents';
  }
  const named = Array.isArray(aud) ? aud : [aud];
  return named.some((each) => audience.includes(each)) ? null : 'is for another audience';
}

/** RFC 9068 and Cognito, then what other issuers call it: OpenID's, Okta's, Entra's. */
function clientOf({ client_id, azp, cid, appid }: JWTPayload): string | null {
  const client = client_id ?? azp ?? cid ?? appid;
  return typeof client === 'string' && client !== '' ? client : null;
}

function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  const given = scope ?? scp;
  if (typeof given === 'string') return given.split(' ');
  return Array.isArray(given) ? given : [];
}

/** A client that got its token for itself: then the subject is the client. */
function isMachine({ sub, gty, idtyp }: JWTPayload, client: string): boolean {
  return sub === client || gty === 'client-credentials' || idtyp === 'app';
}

function recognised(caller: Caller): Identified {
  return { because: null, caller };
}

function invalid(why: string): Identified {
  return { because: 'invalid_token', why };
}

function refused(why: string): Identified {
  return { because: 'not_allowed', why };
}

/** Reads `approvals.providers` of a policy file. `{}` names a provider that has no settings yet. */
import type {
  ApproverMap,
  EmailSettings,
  ServiceNowSettings,
  SlackSettings,
  SmtpSettings,
  WebhookSettings,
} from './providers.ts';
import { fields, listOf, named, oneOf, type Reader, text, textLike, wholeNumber } from './reader.ts';
import type { Tree } from './tree.ts';

export const approver = textLike(
  'an e-mail address or local:NAME',
  /^(?:local:[A-Za-z0-9._-]{1,64}|[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63})$/,
);

const ADDRESS = String.raw`[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}`;
const address = textLike('an e-mail address', new RegExp(`^${ADDRESS}$`));
const sender = textLike(
  'an e-mail address, alone or as NAME <address>',
  new RegExp(`^(?:${ADDRESS}|[A-Za-z0-9][A-Za-z0-9 ._-]{0,63} <${ADDRESS}>)$`),
);

/** What is wrong is told without the value: it may be the secret itself. */
const secretName: Reader<string> = (tree, path, report) =>
  tree.kind === 'scalar' && typeof tree.value === 'string' && SECRET_NAME.test(tree.value)
    ? tree.value
    : report.problem(
        tree.at,
        path,
        'must name where the secret is kept, never hold it: an environment variable (UPPER_CASE, and none that runs are given, such as AWS_… and TF_…), an absolute path, or the ARN of a Secrets Manager secret',
      );

const SECRET_NAME =
  /^(?:(?!(?:AWS|GOOGLE|CLOUDSDK|GCLOUD|ARM|AZURE|TF|KUBE)_)[A-Z][A-Z0-9_]{2,127}|\/[^\0\r\n]{1,1023}|arn:aws[a-z-]{0,16}:secretsmanager:[a-z0-9-]{1,32}:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}(?:#[A-Za-z0-9_]{1,64})?)$/;

/** `bare`: an origin and nothing more. */
function url(what: string, bare: boolean): Reader<string> {
  return text(what, (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    const problem = parsed === null ? `must be ${what}` : urlProblem(parsed, bare);
    return problem === null && parsed !== null
      ? { ok: true, value: bare ? parsed.origin : parsed.href }
      : { ok: false, problem: problem ?? `must be ${what}` };
  });
}

function urlProblem(parsed: URL, bare: boolean): string | null {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(parsed.hostname);
  if (parsed.protocol !== 'https:' && !(parsed.protocol === 'http:' && loopback)) return 'use https';
  if (parsed.username !== '' || parsed.password !== '') return 'must hold no user or password';
  if (parsed.hash !== '') return 'must hold no fragment';
  return bare && (parsed.pathname !== '/' || parsed.search !== '')
    ? 'must be an origin, without a path'
    : null;
}

function approverMap(what: string, key: RegExp): Reader<ApproverMap> {
  return named(
    (name) =>
      key.test(name)
        ? null
        : { message: `${JSON.stringify(name.slice(0, 80))} is not ${what}`, nearest: null },
    approver,
  );
}

/** The settings of one provider: all or nothing. `build` gives what is missing as a name, or the settings. */
function settings<G extends object, T>(read: Reader<G>, build: (given: G) => T | Missing): Reader<T | null> {
  return (tree, path, report) => {
    const given = read(tree, path, report);
    if (given === undefined) return undefined;
    if (tree.kind === 'map' && tree.entries.length === 0) return null;
    const built = build(given);
    if (!(built instanceof Missing)) return built;
    // A key that is there and wrong has been reported already.
    if (hasKey(tree, built.key)) return undefined;
    return report.problem(
      tree.at,
      path,
      `${built.key} is missing${built.hint === '' ? '' : `: ${built.hint}`}`,
    );
  };
}

class Missing {
  readonly key: string;
  readonly hint: string;
  constructor(key: string, hint = '') {
    this.key = key;
    this.hint = hint;
  }
}

function hasKey(tree: Tree, key: string): boolean {
  return tree.kind === 'map' && tree.entries.some((entry) => entry.key === key);
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

const smtp: Reader<SmtpSettings> = (tree, path, report) => {
  const given = smtpFields(tree, path, report);
  if (given === undefined) return undefined;
  const { host, port, security = 'starttls', user, password } = given;
  if (host === undefined) {
    return hasKey(tree, 'host') ? undefined : report.problem(tree.at, path, 'host is missing');
  }
  if (security === 'none' && !LOOPBACK.includes(host)) {
    return report.problem(tree.at, path, 'security none is only for a server on this machine', 'starttls');
  }
  const lone = ['user', 'password'].filter((key) => hasKey(tree, key));
  if (lone.length === 1) return report.problem(tree.at, path, 'user and password belong together');
  const login = user === undefined || password === undefined ? null : { user, password };
  return { host, port: port ?? (security === 'tls' ? 465 : 587), security, login };
};

const smtpFields = fields({
  host: textLike('a host name', /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|::1)$/),
  port: wholeNumber(1, 65_535),
  security: oneOf(['starttls', 'tls', 'none'], 'a kind of transport security'),
  user: textLike('a user name', /^[^\p{Cc}]{1,256}$/u),
  password: secretName,
});

const email: Reader<EmailSettings | null> = settings(
  fields({
    from: sender,
    smtp,
    ses: fields({ region: textLike('an AWS region', /^[a-z]{2}(?:-[a-z]+)+-\d$/) }),
    notify: listOf(address),
  }),
  ({ from, smtp: server, ses, notify = [] }) => {
    if (from === undefined) return new Missing('from', 'the address that notices come from');
    if (server !== undefined) return { from, transport: { by: 'smtp', ...server }, notify };
    if (ses === undefined) return new Missing('smtp', 'give smtp, or ses in the cloud');
    return { from, transport: { by: 'ses', region: ses.region ?? null }, notify };
  },
);

const slack: Reader<SlackSettings | null> = settings(
  fields({
    workspace: textLike('the id of a workspace, such as T0123ABCD', /^[TE][A-Z0-9]{2,20}$/),
    channel: textLike('the id of a channel, such as C0123ABCD', /^[CG][A-Z0-9]{2,20}$/),
    bot_token: secretName,
    signing_secret: secretName,
    approvers: approverMap('the id of a Slack user, such as U0123ABCD', /^[UW][A-Z0-9]{2,20}$/),
    api_url: url('the URL of a Slack Web API', false),
  }),
  ({ workspace, channel, bot_token, signing_secret, approvers = {}, api_url }) => {
    if (workspace === undefined) return new Missing('workspace');
    if (channel === undefined) return new Missing('channel');
    if (bot_token === undefined) return new Missing('bot_token');
    if (signing_secret === undefined) return new Missing('signing_secret');
    const apiUrl = (api_url ?? 'https://slack.com/api').replace(/\/+$/, '');
    return { workspace, channel, botToken: bot_token, signingSecret: signing_secret, approvers, apiUrl };
  },
);

const servicenow: Reader<ServiceNowSettings | null> = settings(
  fields({
    instance: url('the origin of an instance, such as https://acme.service-now.com', true),
    user: textLike('a user name', /^[^\p{Cc}:]{1,256}$/u),
    password: secretName,
    assignment_group: textLike('the name of a group', /^[^\p{Cc}]{1,80}$/u),
    approvers: approverMap('a ServiceNow user name', /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/),
    callback_secret: secretName,
    poll_seconds: wholeNumber(0, 3_600),
  }),
  ({ instance, user, password, assignment_group, approvers = {}, callback_secret, poll_seconds }) => {
    if (instance === undefined) return new Missing('instance');
    if (user === undefined) return new Missing('user');
    if (password === undefined) return new Missing('password');
    return {
      instance,
      user,
      password,
      assignmentGroup: assignment_group ?? null,
      approvers,
      callbackSecret: callback_secret ?? null,
      pollSeconds: poll_seconds ?? 60,
    };
  },
);

const webhook: Reader<WebhookSettings | null> = settings(
  fields({
    url: url('a URL', false),
    secret: secretName,
    inbound_secret: secretName,
    approvers: approverMap('a name', /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/),
  }),
  ({ url: target, secret, inbound_secret, approvers = {} }) => {
    if (target === undefined) return new Missing('url');
    if (secret === undefined) return new Missing('secret');
    return { url: target, secret, inboundSecret: inbound_secret ?? null, approvers };
  },
);

export const providers = fields({ email, slack, servicenow, webhook });

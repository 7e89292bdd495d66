/**
 * How people are told and may answer beside the console. No secret stands in a policy: it is named, and read
 * from there when it is needed (`Secrets` in `ports/people.ts`).
 */

export const APPROVAL_PROVIDERS = ['email', 'slack', 'servicenow', 'webhook'] as const;
export type ApprovalProvider = (typeof APPROVAL_PROVIDERS)[number];

/**
 * An environment variable or an absolute path on one machine; in the cloud a key in the provider's secret, or the
 * ARN of a secret in AWS Secrets Manager, with `#` and a key behind it where the secret is a JSON object.
 */
export type SecretName = string;

/** Who somebody is for the other side (a Slack user id, a ServiceNow user name) → the approver that this is. */
export type ApproverMap = Readonly<Record<string, string>>;

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** `none` only to this machine. */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly login: { readonly user: string; readonly password: SecretName } | null;
}

export interface EmailSettings {
  /** `gateway@example.com`, or with a name before it: `Recourse <gateway@example.com>`. */
  readonly from: string;
  readonly transport:
    | ({ readonly by: 'smtp' } & SmtpSettings)
    | { readonly by: 'ses'; readonly region: string | null };
  /** Told of everything; they decide nothing by being told. */
  readonly notify: readonly string[];
}

export interface SlackSettings {
  /** Team id. Users of another workspace who share the channel are nobody here, whatever their id. */
  readonly workspace: string;
  /** Channel id. */
  readonly channel: string;
  readonly botToken: SecretName;
  readonly signingSecret: SecretName;
  readonly approvers: ApproverMap;
  readonly apiUrl: string;
}

export interface ServiceNowSettings {
  /** Origin of the instance. */
  readonly instance: string;
  readonly user: string;
  readonly password: SecretName;
  readonly assignmentGroup: string | null;
  /** By user name. */
  readonly approvers: ApproverMap;
  /** Null: no callbacks are taken. */
  readonly callbackSecret: SecretName | null;
  /** 0: not polled. */
  readonly pollSeconds: number;
}

export interface WebhookSettings {
  readonly url: string;
  readonly secret: SecretName;
  /** Null: it is told, and cannot decide. */
  readonly inboundSecret: SecretName | null;
  readonly approvers: ApproverMap;
}

/** Null: named without settings, so that nobody is told that way (the doctor says so). */
export interface Providers {
  readonly email?: EmailSettings | null;
  readonly slack?: SlackSettings | null;
  readonly servicenow?: ServiceNowSettings | null;
  readonly webhook?: WebhookSettings | null;
}

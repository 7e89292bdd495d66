import type { ConsequenceClass } from '../finding.ts';
import { switchState } from './fields.ts';

/**
 * Words by which services name how strict something is. A change from a strict word to a lax one weakens a guard,
 * whatever the type and whatever the attribute is called.
 */
export interface Weaker {
  readonly class: ConsequenceClass;
  readonly why: string;
}

interface Step {
  readonly from: RegExp;
  readonly to: RegExp;
  readonly class: ConsequenceClass;
  /** Only for attributes with such a name. */
  readonly name?: RegExp;
}

const NOTHING = /^(none|off|disabled?|false|no|)$/;
const STEPS: readonly Step[] = [
  { from: /^https|^(tls|ssl)$/, to: /^(http|tcp|udp)\b/, class: 'remove_encryption', name: /protocol/ },
  { from: /^(tls|ssl|encrypted_only|ssl_only)$/, to: /plaintext|unencrypted/, class: 'remove_encryption' },
  {
    from: /^(strict|full|full_strict)$/,
    to: /^(off|flexible)$/,
    class: 'remove_encryption',
    name: /ssl|tls/,
  },
  { from: /^(modern|restricted)$/, to: /^compatible$/, class: 'remove_encryption', name: /profile/ },
  {
    from: /^(prevention|block|deny)$/,
    to: /^(detection|detect|count|off|alert|log|audit)$/,
    class: 'network_isolation_loss',
  },
  { from: /^deny$/, to: /^allow$/, class: 'network_isolation_loss', name: /default|action/ },
  { from: /^block[-_]/, to: /^(unblocked|allow)/, class: 'expose_data_publicly' },
  {
    from: /^(required?|enforced?|mandatory)$/,
    to: /^(optional|preferred|permissive|unenforced|learning|audit|transition)$/,
    class: 'protection_disabled',
  },
  { from: /^(required?|enforced?|mandatory|strict)$/, to: NOTHING, class: 'protection_disabled' },
  {
    from: /_enforce(d)?$|^enforce_/,
    to: /^disabled$|dry_?run|audit_only|^always_allow$/,
    class: 'protection_disabled',
  },
  { from: /^immutable/, to: /^mutable/, class: 'protection_disabled' },
  { from: /^(restricted|baseline)$/, to: /^privileged$/, class: 'protection_disabled' },
  {
    from: /(^|_)internal(_|$)|^private$|^allow_internal/,
    to: /(^|_)(all|any|external|public)$|^internet/,
    class: 'expose_data_publicly',
  },
];
const TLS = /tls|ssl/;
const TLS_VERSION = /(?:tls|ssl)?v?[_-]?1[._-]([0-3])/;
/** Switches that stand for a check of something, by themselves or as the switch of a block. */
const CHECKS =
  /(^|_)(secure_boot|vtpm|integrity_monitoring|iap|waf|ddos\w*|shield|firewall|mfa|auth|authentication|authorization|signing|verification|attestation|scanning|threat_\w+|intrusion_\w+|azure_policy|review\w*|enforce_\w+|require_\w+)(_|$)/;

/** What the change of one plain value weakens; null for nothing that its words tell. */
export function weakerWord(names: readonly string[], before: unknown, after: unknown): Weaker | null {
  const name = names.at(-1) ?? '';
  if (switchState(before) === true && switchState(after) === false && isCheck(name, names)) {
    return { class: 'protection_disabled', why: `${names.join('.')} is switched off` };
  }
  if (typeof before !== 'string' || before.length > LONGEST || before === '') return null;
  if (after !== null && (typeof after !== 'string' || after.length > LONGEST)) return null;
  const [was, now] = [before.toLowerCase(), (after ?? '').toLowerCase()];
  if (TLS.test(name) && minor(was) > minor(now)) {
    return { class: 'remove_encryption', why: `${name} allows ${now}` };
  }
  const step = STEPS.find(
    (each) => each.from.test(was) && each.to.test(now) && (each.name === undefined || each.name.test(name)),
  );
  return step === undefined
    ? null
    : { class: step.class, why: `${name} goes from ${before} to ${after ?? 'none'}` };
}

const LONGEST = 60;

function isCheck(name: string, names: readonly string[]): boolean {
  if (CHECKS.test(name)) return true;
  return /^enabled?$/.test(name) && CHECKS.test(names.at(-2) ?? '');
}

/** The minor of a TLS version that a text names (1.2 → 2); nothing to compare is worse than none. */
function minor(text: string): number {
  const found = TLS_VERSION.exec(text)?.[1];
  return found === undefined ? Number.NaN : Number(found);
}

/** Blocks and lists that stand for a guard or a log while they hold something: what emptying them does. */
const EMPTIED: readonly [RegExp, ConsequenceClass][] = [
  [
    /^(access_log\w*|logging(_config\w*)?|log_config\w*|audit_log\w*|audit_config\w*)$/,
    'disable_audit_logging',
  ],
  [
    /^(ddos_protection_plan|required_(pull_request_reviews|status_checks)|branch_protection\w*)$/,
    'protection_disabled',
  ],
  [
    /^(ip_restriction|ip_range_filter|ip_allow_?list|firewall_policy|vpc_service_controls)$/,
    'network_isolation_loss',
  ],
];

/** Fewer in such a list, and less is guarded. */
const SHRUNK: readonly [RegExp, ConsequenceClass][] = [
  [
    /^(restricted_services|deny_\w+|denied_\w+|blocked_\w+|block_?list|deny_?list)$/,
    'network_isolation_loss',
  ],
];

/** Whether what a list or block of this name held is a guard that is now gone, or smaller. */
export function guardEmptied(name: string, was: readonly unknown[], now: readonly unknown[]): Weaker | null {
  if (was.length === 0 || now.length >= was.length) return null;
  const emptied = now.length === 0 ? EMPTIED.find(([words]) => words.test(name))?.[1] : undefined;
  if (emptied !== undefined) return { class: emptied, why: `${name} is removed` };
  const shrunk = SHRUNK.find(([words]) => words.test(name))?.[1];
  return shrunk === undefined ? null : { class: shrunk, why: `${name} holds less` };
}

/** Days that an ISO 8601 period says (`P12W`, `PT0S`); null for any other text. */
export function isoDays(value: unknown): number | null {
  if (typeof value !== 'string' || value.length > LONGEST) return null;
  const found = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(
    value,
  );
  if (found === null || value === 'P') return null;
  const [years, months, weeks, days, hours, minutes, seconds] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  return (
    (years ?? 0) * 365 +
    (months ?? 0) * 30 +
    (weeks ?? 0) * 7 +
    (days ?? 0) +
    (hours ?? 0) / 24 +
    (minutes ?? 0) / 1440 +
    (seconds ?? 0) / 86_400
  );
}

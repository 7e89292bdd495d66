import { describe, expect, it } from 'vitest';
import { isoDays } from '../../../lib/core/terraform/weaker-words.ts';
import { only, update } from './plans.ts';

const judged = (before: object, after: object) =>
  only([update('aws_scheduler_schedule', before, after)]).classes;

describe('words that say that a guard is weaker', () => {
  it.each([
    [{ protocol: 'HTTPS' }, { protocol: 'HTTP' }, 'remove_encryption'],
    [{ client_broker: 'TLS' }, { client_broker: 'TLS_PLAINTEXT' }, 'remove_encryption'],
    [{ min_tls_version: 'TLS_1_2' }, { min_tls_version: 'TLS_1_0' }, 'remove_encryption'],
    [{ minimum_tls_version: '1.2' }, { minimum_tls_version: '1.0' }, 'remove_encryption'],
    [
      { minimum_protocol_version_tls: 'TLSv1.2_2021' },
      { minimum_protocol_version_tls: 'TLSv1.1_2016' },
      'remove_encryption',
    ],
    [{ mode: 'Prevention' }, { mode: 'Detection' }, 'network_isolation_loss'],
    [{ default_action: 'Deny' }, { default_action: 'Allow' }, 'network_isolation_loss'],
    [{ state: 'block-all-sharing' }, { state: 'unblocked' }, 'expose_data_publicly'],
    [
      { options: [{ http_tokens: 'required' }] },
      { options: [{ http_tokens: 'optional' }] },
      'protection_disabled',
    ],
    [{ evaluation_mode: 'PROJECT_POLICY_ENFORCE' }, { evaluation_mode: 'DISABLED' }, 'protection_disabled'],
    [{ image_tag_mutability: 'IMMUTABLE' }, { image_tag_mutability: 'MUTABLE' }, 'protection_disabled'],
    [
      { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' },
      { ingress: 'INGRESS_TRAFFIC_ALL' },
      'expose_data_publicly',
    ],
    [
      { secure: [{ enable_secure_boot: true }] },
      { secure: [{ enable_secure_boot: false }] },
      'protection_disabled',
    ],
    [{ iap: [{ enabled: true }] }, { iap: [{ enabled: false }] }, 'protection_disabled'],
    [{ access_log_settings: [{ destination: 'a' }] }, { access_log_settings: [] }, 'disable_audit_logging'],
    [{ ip_range_filter: ['203.0.113.0/24'] }, { ip_range_filter: [] }, 'network_isolation_loss'],
    [
      { status: [{ restricted_services: ['a', 'b'] }] },
      { status: [{ restricted_services: ['a'] }] },
      'network_isolation_loss',
    ],
    [
      { required_pull_request_reviews: [{ count: 2 }] },
      { required_pull_request_reviews: [] },
      'protection_disabled',
    ],
    [{ weekly_retention: 'P12W' }, { weekly_retention: 'PT0S' }, 'backup_retention_reduction'],
    [
      { enabled_cloudwatch_logs_exports: ['audit'] },
      { enabled_cloudwatch_logs_exports: [] },
      'disable_audit_logging',
    ],
  ])('%j → %j is %s', (before, after, kind) => expect(judged(before, after)).toEqual([kind]));
});

describe('the other way round, or words that say nothing of the kind', () => {
  it.each([
    [{ protocol: 'HTTP' }, { protocol: 'HTTPS' }],
    [{ protocol: 'HTTP' }, { protocol: 'TCP' }],
    [{ min_tls_version: 'TLS_1_0' }, { min_tls_version: 'TLS_1_2' }],
    [{ version: '1.3' }, { version: '1.2' }],
    [{ mode: 'Detection' }, { mode: 'Prevention' }],
    [{ mode: 'standard' }, { mode: 'off' }],
    [{ default_action: 'Allow' }, { default_action: 'Deny' }],
    [{ description: 'strict' }, { description: 'lax' }],
    [{ description: 'required for the audit' }, { description: 'none' }],
    [{ ingress: 'INGRESS_TRAFFIC_ALL' }, { ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY' }],
    [{ image_tag_mutability: 'MUTABLE' }, { image_tag_mutability: 'IMMUTABLE' }],
    [{ secure: [{ enable_secure_boot: false }] }, { secure: [{ enable_secure_boot: true }] }],
    [{ author: [{ enabled: true }] }, { author: [{ enabled: false }] }],
    [{ access_log_settings: [] }, { access_log_settings: [{ destination: 'a' }] }],
    [{ ip_range_filter: ['203.0.113.0/24', '198.51.100.0/24'] }, { ip_range_filter: ['203.0.113.0/24'] }],
    [{ status: [{ restricted_services: ['a'] }] }, { status: [{ restricted_services: ['a', 'b'] }] }],
    [{ weekly_retention: 'P4W' }, { weekly_retention: 'P12W' }],
    [{ weekly_retention: 'P1W' }, { weekly_retention: 'P7D' }],
    [{ enabled_cloudwatch_logs_exports: ['audit'] }, { enabled_cloudwatch_logs_exports: ['error', 'audit'] }],
  ])('%j → %j', (before, after) => expect(judged(before, after)).toEqual([]));
});

it.each([
  ['P12W', 84],
  ['P10Y', 3650],
  ['PT0S', 0],
  ['PT36H', 1.5],
  ['P1DT12H', 1.5],
  ['P', null],
  ['12 weeks', null],
  [7, null],
])('a period %s is %s days', (period, days) => expect(isoDays(period)).toBe(days));

import { describe, expect, it } from 'vitest';
import { judgeState } from '../../../../lib/core/terraform/scan/scan.ts';

const state = (...providers: unknown[]) =>
  JSON.stringify({ version: 4, resources: providers.map((provider) => ({ provider })) });
const classes = (text: string) => judgeState(text, ['hashicorp/*']).map((finding) => finding.class);

describe('judgeState', () => {
  it.each([
    '',
    state(),
    state('provider["registry.terraform.io/hashicorp/aws"].east'),
    state('module.a["k"].provider["terraform.io/builtin/terraform"]'),
  ])('passes %s', (text) => {
    expect(classes(text)).toEqual([]);
  });

  it.each([
    state('provider["localhost:8080/evil/evil"]'),
    state('provider["registry.terraform.io/hashicorp/aws"]', 'provider["registry.terraform.io/evil/aws"]'),
    state(
      'module.a["provider["registry.terraform.io/hashicorp/aws"]"].provider["registry.terraform.io/evil/x"]',
    ),
  ])('names the provider of %s', (text) => {
    expect(classes(text)).toEqual(['unapproved_provider']);
  });

  it.each([
    '{',
    '[]',
    '{"version":3}',
    '{"version":4,"resources":{}}',
    state('provider.aws'),
    state('provider["aws"]'),
    state(7),
    '{"version":4,"resources":[],"Resources":[{"provider":"provider[\\"a.b/c/d\\"]"}]}',
    '{"version":4,"resources":[],"re\u017fources":[]}',
  ])('cannot read %s', (text) => {
    expect(classes(text)).toEqual(['code_execution']);
  });
});

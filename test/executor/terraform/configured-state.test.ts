/** A source may leave its state to the operator, or say the same as the operator; nothing else. */
import { expect, test } from 'vitest';
import { isRefusal } from '../../../lib/core/refusal.ts';
import { LocalState } from '../../../lib/executor/terraform/backend.ts';
import { type ConfiguredState, s3Backend } from '../../../lib/executor/terraform/configured-state.ts';

const STATE: ConfiguredState = {
  bucket: 'states',
  keyPrefix: 'network/prod',
  region: 'eu-west-1',
  kmsKey: null,
  profile: 'recourse-state',
};
const FILE = 'main.tf';

test('without a backend block, the state lies under the prefix, by its folder', () => {
  expect(s3Backend(STATE, 'network/a', null)).toMatchObject({
    settings: {
      bucket: 'states',
      key: 'network/prod/network/a/terraform.tfstate',
      profile: 'recourse-state',
    },
  });
});

test('a backend block that says the same is taken, and nothing of it but the key', () => {
  const settings = {
    bucket: 'states',
    key: 'network/prod/own.tfstate',
    endpoints: { s3: 'https://evil.example' },
    role_arn: 'arn:aws:iam::111122223333:role/evil',
    profile: 'default',
  };
  const taken = s3Backend(STATE, 'network/a', { file: FILE, type: 's3', settings });
  if (isRefusal(taken)) throw new Error(taken.why);
  expect(taken.settings).toMatchObject({ key: 'network/prod/own.tfstate', profile: 'recourse-state' });
  expect(JSON.stringify(taken)).not.toContain('evil');
});

test.each([
  ['another bucket', 's3', { bucket: 'others', key: 'network/prod/a' }],
  ['another kind', 'http', { address: 'https://evil.example' }],
  ['a cloud block', 'cloud', {}],
  ['no key', 's3', { bucket: 'states' }],
  ['a key that is no text', 's3', { bucket: 'states', key: ['network/prod/a'] }],
  ['a key elsewhere', 's3', { bucket: 'states', key: 'payments/prod/a' }],
  ['a key beside the prefix', 's3', { bucket: 'states', key: 'network/production/a' }],
  ['the prefix itself', 's3', { bucket: 'states', key: 'network/prod' }],
  ['a key that climbs', 's3', { bucket: 'states', key: 'network/prod/../../payments/prod/a' }],
  ['a key with an empty step', 's3', { bucket: 'states', key: 'network/prod//a' }],
  ['a key that is computed', 's3', { bucket: 'states', key: 'network/prod/\u0024{var.x}' }],
  ['a key with a line break', 's3', { bucket: 'states', key: 'network/prod/a\n' }],
  ['the name of a lock', 's3', { bucket: 'states', key: 'network/prod/a.tflock' }],
])('refuses %s', (_what, type, settings) => {
  expect(s3Backend(STATE, 'network/a', { file: FILE, type, settings })).toMatchObject({
    code: 'invalid_arguments',
  });
});

test('two backend blocks are refused, whichever of them terraform would take', () => {
  const block = (file: string) => ({
    file,
    type: 's3',
    settings: { bucket: 'states', key: 'network/prod/a' },
  });
  const state = new LocalState('/root', 'network/a', null, STATE);
  expect(state.configure([block('main.tf'), block('zz_override.tf.json')])).toMatchObject({
    code: 'invalid_arguments',
  });
});

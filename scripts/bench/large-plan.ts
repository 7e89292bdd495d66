/** Plan JSON as `terraform show -json` prints it, as large as asked; the same for the same count. */

interface Kind {
  readonly type: string;
  readonly values: (index: number) => Record<string, unknown>;
}

const KINDS: readonly Kind[] = [
  {
    type: 'aws_s3_bucket',
    values: (i) => ({ bucket: `bench-${i}`, force_destroy: false, tags: { n: `${i}` } }),
  },
  {
    type: 'aws_db_instance',
    values: (i) => ({
      identifier: `bench-${i}`,
      engine: 'postgres',
      skip_final_snapshot: i % 2 === 0,
      backup_retention_period: i % 8,
      deletion_protection: false,
    }),
  },
  {
    type: 'aws_security_group',
    values: (i) => ({
      name: `bench-${i}`,
      ingress: [{ from_port: 443, to_port: 443, protocol: 'tcp', cidr_blocks: ['10.0.0.0/8'] }],
    }),
  },
  {
    type: 'aws_instance',
    values: (i) => ({ ami: 'ami-0123456789', instance_type: 't3.small', tags: { n: `${i}` } }),
  },
  {
    type: 'aws_iam_role',
    values: (i) => ({ name: `bench-${i}`, assume_role_policy: '{"Version":"2012-10-17"}' }),
  },
];
const ACTIONS = [['create'], ['update'], ['delete'], ['delete', 'create'], ['no-op']] as const;

export function largePlan(changes: number): string {
  const indexes = Array.from({ length: changes }, (_, index) => index);
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.0',
    planned_values: { root_module: {} },
    resource_changes: indexes.map(changeAt),
    configuration: { root_module: { resources: indexes.map(configurationAt) } },
  });
}

function changeAt(index: number) {
  const { type, values } = kindAt(index);
  const actions = ACTIONS[Math.floor(index / KINDS.length) % ACTIONS.length] ?? ['create'];
  const made = values(index);
  return {
    address: addressAt(index),
    mode: 'managed',
    type,
    name: `n${index}`,
    provider_name: PROVIDER,
    change: {
      actions,
      before: actions[0] === 'create' ? null : { ...made, id: `id-${index}` },
      after:
        actions.at(-1) === 'delete' ? null : { ...made, ...(actions[0] === 'update' ? { tags: {} } : {}) },
      after_unknown: actions.at(-1) === 'create' ? { id: true } : {},
      before_sensitive: {},
      after_sensitive: {},
    },
  };
}

/** Each refers to the one ten before it, so that there are chains to follow. */
function configurationAt(index: number) {
  const expressions =
    index < 10 ? {} : { depends: { references: [`${addressAt(index - 10)}.id`, addressAt(index - 10)] } };
  return {
    address: addressAt(index),
    mode: 'managed',
    type: kindAt(index).type,
    name: `n${index}`,
    provider_config_key: 'aws',
    expressions,
  };
}

const PROVIDER = 'registry.terraform.io/hashicorp/aws';

function addressAt(index: number): string {
  return `${kindAt(index).type}.n${index}`;
}

function kindAt(index: number): Kind {
  const kind = KINDS[index % KINDS.length];
  if (kind === undefined) throw new RangeError(`no kind for ${index}`);
  return kind;
}

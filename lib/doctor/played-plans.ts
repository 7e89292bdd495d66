/** Plan JSON for the self-tests, in the shape of `terraform show -json`. */

export interface PlayedChange {
  readonly address: string;
  readonly mode: 'managed';
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
  readonly change: Readonly<Record<string, unknown>>;
}

export function change(
  address: string,
  actions: readonly string[],
  before: Readonly<Record<string, unknown>> | null,
  after: Readonly<Record<string, unknown>> | null,
  sensitive: Readonly<Record<string, boolean>> = {},
): PlayedChange {
  const [type = '', name = ''] = address.split('.').slice(-2);
  return {
    address,
    mode: 'managed',
    type,
    name,
    provider_name: 'registry.terraform.io/hashicorp/aws',
    change: {
      actions,
      before,
      after,
      after_unknown: {},
      before_sensitive: before === null ? false : sensitive,
      after_sensitive: after === null ? false : sensitive,
    },
  };
}

export function planJsonOf(
  resource_changes: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): { readonly resource_changes: readonly unknown[] } & Readonly<Record<string, unknown>> {
  return {
    format_version: '1.2',
    terraform_version: '1.11.4',
    applyable: true,
    complete: true,
    errored: false,
    resource_changes,
    ...more,
  };
}

/** Creates one thing that holds no data. */
export const HARMLESS_PLAN = planJsonOf([change('terraform_data.a', ['create'], null, { input: 'x' })]);

const DATABASE = { identifier: 'main', skip_final_snapshot: true };
const KEPT = { identifier: 'kept' };

/** Deletes a database without a way back, beside one that stays. */
export const LOSSY_PLAN = planJsonOf([
  change('aws_db_instance.main', ['delete'], DATABASE, null),
  change('aws_db_instance.kept', ['no-op'], KEPT, KEPT),
]);

/** Deletes something whose type nobody here knows. */
export const UNKNOWN_DELETE_PLAN = planJsonOf([
  change('acme_ledger.books', ['delete'], { name: 'books' }, null),
  change('acme_ledger.kept', ['no-op'], { name: 'kept' }, { name: 'kept' }),
]);

/** Deletes all that is managed, without saying `-destroy`. */
export const DELETES_ALL_PLAN = planJsonOf([change('aws_db_instance.main', ['delete'], DATABASE, null)], {
  prior_state: {
    format_version: '1.0',
    values: {
      root_module: {
        resources: [
          { address: 'aws_db_instance.main', mode: 'managed', type: 'aws_db_instance', name: 'main' },
        ],
      },
    },
  },
});

/** Policies in rows that people read: one for each statement, with names in place of ARNs. */

import type { Statement } from '../support/cloud/statements.ts';
import type { CloudTemplate } from '../support/cloud/template.ts';

/** `may kms:Sign on key votes if …`, in the order of the policy. */
export function rowsOf(statements: readonly Statement[], template: CloudTemplate): readonly string[] {
  const name = namer(template);
  return statements.map((each) => {
    const what =
      each.notActions.length > 0 ? `all but ${each.notActions.join(', ')}` : each.actions.join(', ');
    const where = each.resources.map(name).join(', ');
    const conditions = Object.entries(each.conditions).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `${key} ${operator} ${values.map(name).join('|')}`),
    );
    const who = each.principals === null ? '' : `${whoOf(each.principals, name)} `;
    const verb = each.effect === 'Allow' ? 'may' : 'never';
    return `${who}${verb} ${what} on ${where}${conditions.length === 0 ? '' : ` if ${conditions.join(' and ')}`}`;
  });
}

function whoOf(principals: NonNullable<Statement['principals']>, name: (arn: string) => string): string {
  if (principals === '*') return 'anybody';
  return Object.values(principals).flat().map(name).join(', ');
}

/** Shortens what every name of an environment has in common. */
function namer({ environment, account, region, keys, resources }: CloudTemplate): (arn: string) => string {
  const prefix = `recourse-${environment}`;
  const keyNames = [...keys].map(
    ([alias, { arn }]) => [arn, `key ${alias.replace(`${prefix}-`, '')}`] as const,
  );
  const assets = resources
    .filter(({ type }) => type === 'AWS::CodeBuild::Project')
    .map(({ properties }) => JSON.stringify(properties.Source))
    .map((source) => /"Location":"([^"]+)"/.exec(source)?.[1] ?? '');
  const long: readonly (readonly [string, string])[] = [
    ...keyNames,
    ...assets.map((each) => [`arn:aws:s3:::${each}`, 'the program'] as const),
    ...assets.map((each) => [`arn:aws:s3:::${each.split('/')[0]}`, 'the bucket of programs'] as const),
    [`arn:aws:dynamodb:${region}:${account}:table/${prefix}-`, 'table '],
    [`arn:aws:lambda:${region}:${account}:function:${prefix}-`, 'function '],
    [`arn:aws:states:${region}:${account}:stateMachine:${prefix}-`, 'machine '],
    [`arn:aws:states:${region}:${account}:execution:${prefix}-`, 'execution '],
    [`arn:aws:codebuild:${region}:${account}:project/${prefix}-`, 'project '],
    [`arn:aws:logs:${region}:${account}:log-group:/recourse/${environment}/`, 'log '],
    [`arn:aws:sqs:${region}:${account}:${prefix}-`, 'queue '],
    [`arn:aws:events:${region}:${account}:rule/`, 'rule '],
    [`arn:aws:iam::${account}:role/${prefix}-`, 'role '],
    [`arn:aws:iam::${account}:root`, 'the account'],
    [`arn:aws:secretsmanager:${region}:${account}:secret:`, 'secret '],
    [`arn:aws:ses:${region}:${account}:identity/`, 'address '],
  ];
  return (arn) => {
    let short = arn;
    for (const [from, to] of long) short = short.replace(from, to);
    return short
      .replace(`arn:aws:s3:::${prefix}-`, '')
      .replace(`-${account}`, '')
      .replace(/^arn:aws:s3:::/, 'bucket ')
      .replace(`.${region}.amazonaws.com`, '')
      .replace(/\/stream\/.*/, ' stream')
      .replace(new RegExp(`^secret ${prefix}-console-client-\\w{6}$`), 'secret of the console');
  };
}

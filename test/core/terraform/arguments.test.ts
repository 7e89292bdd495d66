import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeTerraformArguments,
  parseTerraformArguments,
  renderTerraformArguments,
} from '../../../lib/core/terraform/arguments.ts';

function rendered(...texts: string[]): readonly string[] | string {
  const parsed = parseTerraformArguments(texts);
  return parsed.ok ? renderTerraformArguments(parsed.args) : parsed.problem;
}

describe('parseTerraformArguments', () => {
  it.each([
    [['-target=aws_instance.a'], ['-target=aws_instance.a']],
    [['-target', 'module.x["a b"].aws_instance.a[0]'], ['-target=module.x["a b"].aws_instance.a[0]']],
    [['--replace=terraform_data.one'], ['-replace=terraform_data.one']],
    [['-target=data.aws_ami.x'], ['-target=data.aws_ami.x']],
    [['-target=module.net'], ['-target=module.net']],
    [['-target=x.y["\u0024{a}"]'], ['-target=x.y["\u0024{a}"]']],
    [['-var', 'name=-destroy'], ['-var=name=-destroy']],
    [['-var=a=b=c'], ['-var=a=b=c']],
    [['-var=a='], ['-var=a=']],
    [['-var=list=["x",\n"y"]'], ['-var=list=["x",\n"y"]']],
    [['-var-file=./vars//prod.tfvars'], ['-var-file=vars/prod.tfvars']],
    [['-refresh=false', '-refresh-only=false'], ['-refresh=false']],
    [['-refresh'], ['-refresh=true']],
    [['-refresh-only'], ['-refresh-only']],
    [['-destroy=true'], ['-destroy']],
    [['-destroy=false'], []],
    [
      ['-parallelism=5', '-lock-timeout=2m'],
      ['-parallelism=5', '-lock-timeout=2m'],
    ],
    [[], []],
  ])('reads %j', (texts, expected) => {
    expect(rendered(...texts)).toEqual(expected);
  });

  it.each([
    [['-out=x'], /-out is not allowed/],
    [['-lock=false'], /-lock is not allowed/],
    [['-state=/etc/x'], /-state is not allowed/],
    [['-chdir=/'], /-chdir is not allowed/],
    [['-generate-config-out=x'], /not allowed/],
    [['-auto-approve'], /not allowed/],
    [['-input=true'], /not allowed/],
    [['-backend-config=x'], /not allowed/],
    [['-constructor=x'], /not allowed/],
    [['-__proto__=x'], /not a flag/],
    [['---destroy'], /not a flag/],
    [['-Destroy'], /not a flag/],
    [['plan.tfplan'], /not a flag/],
    [[''], /not a flag/],
    [['-'], /not a flag/],
    [['--'], /not a flag/],
    [['-destroy', 'false'], /not a flag/],
    [['-destroy=yes'], /neither true nor false/],
    [['-destroy', '-refresh-only'], /exclude/],
    [['-target'], /needs a value/],
    [['-target='], /empty/],
    [['-target=-destroy'], /not a resource address/],
    [['-target', '-destroy'], /not a resource address/],
    [['-target=a b'], /not a resource address/],
    [['-target=a.b\n-destroy'], /not a resource address/],
    [['-target=a..b'], /not a resource address/],
    [['-var=novalue'], /NAME=VALUE/],
    [['-var==x'], /NAME=VALUE/],
    [['-var=-x=y'], /NAME=VALUE/],
    [['-var=a=\0'], /NUL/],
    [[`-var=a=${'x'.repeat(40_000)}`], /longer/],
    [['-var-file=/etc/passwd'], /inside the working folder/],
    [['-var-file=../prod.tfvars'], /inside the working folder/],
    [['-var-file=a/../../b'], /inside the working folder/],
    [['-var-file=~/x'], /inside the working folder/],
    [['-var-file=.'], /inside the working folder/],
    [['-var-file=a\\..\\b'], /inside the working folder/],
    [['-parallelism=0'], /number/],
    [['-parallelism=1e3'], /number/],
    [['-parallelism=10000'], /number/],
    [['-lock-timeout=1h'], /duration/],
    [['-lock-timeout=11m'], /duration/],
    [['-lock-timeout=-1s'], /duration/],
  ])('refuses %j', (texts, problem) => {
    expect(rendered(...texts)).toMatch(problem);
  });

  it('refuses more arguments than anybody needs', () => {
    expect(rendered(...Array.from({ length: 201 }, () => '-destroy'))).toMatch(/more than 200/);
  });

  it('reads what it renders to the same, and renders allowed flags only', () => {
    const flags = fc.constantFrom(
      '-target=',
      '-var=',
      '-var-file=',
      '-replace',
      '-destroy',
      '-refresh=',
      '--',
      '-out=',
      '',
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(flags, fc.string()).map((both) => both.join('')),
          { maxLength: 5 },
        ),
        (texts) => {
          const first = parseTerraformArguments(texts);
          if (!first.ok) return;
          const again = renderTerraformArguments(first.args);
          expect(
            again.every((text) =>
              /^-(target|replace|var|var-file|refresh|parallelism|lock-timeout)=.|^-(destroy|refresh-only)$/s.test(
                text,
              ),
            ),
          ).toBe(true);
          expect(parseTerraformArguments(again)).toEqual(first);
        },
      ),
    );
  });

  it('describes variables without their values', () => {
    const parsed = parseTerraformArguments(['-var=password=hunter2', '-target=a.b']);
    expect(parsed.ok && describeTerraformArguments(parsed.args)).toEqual(['-var=password=…', '-target=a.b']);
  });
});

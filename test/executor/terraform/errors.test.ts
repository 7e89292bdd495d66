import { describe, expect, it } from 'vitest';
import type { RootPath, TerraformTarget, WorkspaceName } from '../../../lib/core/action.ts';
import { firstError, refusalOf } from '../../../lib/executor/terraform/errors.ts';

const TARGET: TerraformTarget = {
  cwd: 'app' as RootPath,
  workspace: 'default' as WorkspaceName,
  ref: null,
  args: [{ flag: 'target', address: 'a.b' }],
};
const FAILED = {
  exitCode: 1,
  signal: null,
  stdout: '',
  stderr: '',
  truncated: false,
  timedOut: false,
  aborted: false,
};

describe('refusalOf', () => {
  it.each([
    [
      'Error: Error acquiring the state lock\n\nError message: resource temporarily unavailable\nLock Info:\n  ID:        1-2\n  Path:      x\n  Operation: OperationTypeApply\n  Who:       ann@host\n  Version:   1.11.4\n  Created:   2026-01-01\n',
      'workspace_busy',
      /1-2.*OperationTypeApply by ann@host, since 2026-01-01/,
    ],
    ['Error: Error acquiring the state lock\n\nError message: x', 'workspace_busy', /another process/],
    ['Error: Saved plan is stale\n\nThe given plan file', 'plan_stale', /Plan again/],
    ['Error: Saved plan does not match the given state\n', 'plan_stale', /Plan again/],
    ['Error: Provider dependency changes detected\n\nx', 'execution_failed', /providers lock/],
    ['Error: Inconsistent dependency lock file\n\nx', 'execution_failed', /providers lock/],
    [
      '\nError: Invalid reference\n\n  on main.tf line 3:\n   3: x = y\n\nA reference must …\n\nError: Second\n',
      'execution_failed',
      /^terraform plan failed: Invalid reference\. on main\.tf line 3: 3: x = y A reference must …$/,
    ],
    [
      '\u001b[31m╷\n│ \u001b[1mError: \u001b[0mIn a frame\n│ \n│ the detail\n╵\n',
      'execution_failed',
      /In a frame\. the detail$/,
    ],
    [
      'Error: Terraform encountered problems during initialisation, including problems\nwith x\n\nError: The real one\n',
      'execution_failed',
      /The real one/,
    ],
    ['', 'execution_failed', /exited with 1 and gave no reason/],
    // A message inside the text of another error does not choose the code.
    [
      'Error: Invalid value\n\nError acquiring the state lock; Saved plan is stale\n',
      'execution_failed',
      /Invalid value/,
    ],
  ])('reads %j as %s', (stderr, code, why) => {
    const refusal = refusalOf('terraform plan', { ...FAILED, stderr }, TARGET);
    expect(refusal?.code).toBe(code);
    expect(refusal?.why).toMatch(why);
  });

  it('is null for success only', () => {
    expect(refusalOf('terraform plan', { ...FAILED, exitCode: 0 }, TARGET)).toBeNull();
    expect(refusalOf('terraform plan', { ...FAILED, exitCode: 0, aborted: true }, TARGET)?.code).toBe(
      'interrupted',
    );
    expect(refusalOf('terraform plan', { ...FAILED, timedOut: true }, TARGET)?.code).toBe('timeout');
    expect(
      refusalOf('terraform plan', { ...FAILED, exitCode: null, signal: 'SIGKILL' }, TARGET)?.why,
    ).toMatch(/SIGKILL/);
  });

  it('names the call that plans the same again', () => {
    expect(
      refusalOf('terraform apply', { ...FAILED, stderr: 'Error: Saved plan is stale' }, TARGET)?.next,
    ).toEqual({
      tool: 'gateway_terraform_plan',
      arguments: { cwd: 'app', workspace: 'default', args: ['-target=a.b'] },
    });
  });

  it('finds no error where there is none', () => {
    expect(firstError('all is well\nnot an Error: here')).toBeNull();
  });
});

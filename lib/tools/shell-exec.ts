import * as z from 'zod';
import { refuse } from '../core/refusal.ts';
import { parseRootPath } from '../core/root-path.ts';
import { actAndAnswer } from './act-tool.ts';
import { cwd, planId } from './arguments.ts';
import { refused } from './result.ts';
import { defineTool } from './tool.ts';

export const shellExec = defineTool({
  name: 'gateway_shell_exec',
  title: 'Run a shell command',
  description:
    'Read-only commands run at once in a sandbox without network; anything else waits for a human or is refused.',
  input: z.strictObject({
    command: z.string().min(1).max(8192),
    cwd,
    timeout: z.number().int().min(1).max(600_000).default(30_000).describe('Milliseconds.'),
    plan_id: planId.optional().describe('The plan_id of this same call, once humans approved it.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  handle: async (ctx, args, caller) => {
    const folder = parseRootPath(args.cwd);
    if (folder === null) {
      return refused(
        refuse(
          'path_outside_root',
          `cwd ${JSON.stringify(args.cwd)} is not a path inside the root. Give it relative to the root, without "..".`,
        ),
      );
    }
    return actAndAnswer(ctx, {
      caller,
      action: { kind: 'shell', command: args.command, cwd: folder, timeoutMs: args.timeout },
      input: { manifest: null },
      planId: args.plan_id,
    });
  },
});

import { z } from 'zod';
import { refuse } from '../core/refusal.ts';
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
    timeout: z.number().int().min(100).max(600_000).default(30_000).describe('Milliseconds.'),
    plan_id: planId.optional().describe('The plan_id of this same call, once humans approved it.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  handle: async () =>
    refused(
      refuse('tool_unavailable', 'This build of the gateway has no shell lane. Use the terraform tools.'),
    ),
});

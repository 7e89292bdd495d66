/** Which function reads and writes which records. The tables' own policies and the roles both follow this. */
import type { TableRole } from '../lib/aws/record-places.ts';
import type { FunctionName } from './names.ts';

/** Who may put items. Nobody updates in part, and nobody deletes. */
export const WRITERS: Readonly<Record<TableRole, readonly FunctionName[]>> = {
  proposals: ['mcp', 'finish-run'],
  approvals: ['mcp'],
  votes: ['control'],
  links: ['control', 'ask-approval'],
  runs: ['authorize-run', 'finish-run'],
  task_tokens: ['ask-approval'],
  audit: ['mcp', 'control', 'ask-approval', 'authorize-run', 'finish-run'],
};

/** Who may get and list items, beside those who write them. */
export const READERS: Readonly<Record<TableRole, readonly FunctionName[]>> = {
  proposals: ['control', 'ask-approval', 'authorize-run'],
  approvals: ['control', 'ask-approval', 'authorize-run', 'finish-run'],
  votes: ['mcp', 'ask-approval', 'authorize-run', 'finish-run'],
  links: [],
  runs: ['mcp', 'control', 'ask-approval'],
  task_tokens: ['control'],
  audit: [],
};

/** Who lists audit events; the others only append, and get what they appended. */
export const AUDIT_LISTERS: readonly FunctionName[] = ['control'];

/** `recourse tokens create|list|revoke`. */
import {
  createToken,
  holderProblem,
  listTokens,
  revokeToken,
  type TokenView,
} from '../../lib/control/tokens.ts';
import type { TokenHolder } from '../../lib/lifecycle/token-holder.ts';
import { localApprover, openStartedState, type WhichState } from '../local-state.ts';
import { Stop } from '../stop.ts';

type Options = WhichState & { json?: boolean };

export async function create(
  options: Options & { agent?: string; human?: string; approver?: string },
): Promise<void> {
  const holder = holderOf(options);
  const problem = holderProblem(holder);
  if (problem !== null) throw new Stop(problem);
  const state = await openStartedState(options);
  try {
    const { token, view } = await createToken(state, holder, localApprover());
    if (options.json) process.stdout.write(`${JSON.stringify({ token, ...view })}\n`);
    else process.stdout.write(`${token}\n`);
    process.stderr.write(`Token ${view.id} for ${nameOf(view)}. It is shown this once; keep it secret.\n`);
  } finally {
    await state.store.close();
  }
}

export async function list(options: Options): Promise<void> {
  const state = await openStartedState(options);
  try {
    const tokens = await listTokens(state.store);
    if (options.json) process.stdout.write(`${JSON.stringify(tokens)}\n`);
    else if (tokens.length === 0) process.stdout.write('no tokens\n');
    else
      for (const view of tokens)
        process.stdout.write(`${view.id}  ${view.created_at}  ${stateOf(view)}  ${nameOf(view)}\n`);
  } finally {
    await state.store.close();
  }
}

export async function revoke(id: string, options: Options): Promise<void> {
  const state = await openStartedState(options);
  try {
    const outcome = await revokeToken(state, id, localApprover());
    if (outcome === 'unknown') throw new Stop(`no single token has the id ${id}; see: recourse tokens list`);
    const said = outcome === 'revoked' ? 'revoked' : 'was revoked already';
    process.stdout.write(options.json ? `${JSON.stringify({ id, outcome })}\n` : `token ${id} ${said}\n`);
  } finally {
    await state.store.close();
  }
}

function holderOf(options: { agent?: string; human?: string; approver?: string }): TokenHolder {
  const { agent, human, approver } = options;
  if (agent !== undefined && approver === undefined)
    return { kind: 'agent', name: agent, human: human ?? null };
  if (approver !== undefined && agent === undefined && human === undefined)
    return { kind: 'approver', email: approver };
  throw new Stop('say whose token it is: --agent NAME [--human EMAIL], or --approver EMAIL');
}

function nameOf(view: TokenView): string {
  const { holder } = view;
  if (holder.kind === 'approver') return `approver ${holder.email}`;
  return holder.human === null ? `agent ${holder.name}` : `agent ${holder.name} for ${holder.human}`;
}

function stateOf(view: TokenView): string {
  return view.revoked_at === null ? 'valid  ' : 'revoked';
}

/** `recourse approvals list|show|approve|reject`: on the state folder itself, or over a control API. */

import { type ApprovalView, findApproval, listApprovals } from '../../lib/control/approvals.ts';
import { findPlan, planOutput } from '../../lib/control/plans.ts';
import { castVote } from '../../lib/control/vote.ts';
import type { Verdict } from '../../lib/core/approval.ts';
import { tokenHolder } from '../../lib/lifecycle/token-holder.ts';
import { localNotices } from '../local-notices.ts';
import { type LocalState, localApprover, openStartedState, type WhichState } from '../local-state.ts';
import type { LoadedPolicy } from '../policy-file.ts';
import { type Remote, remoteControl } from '../remote-control.ts';
import { Stop } from '../stop.ts';
import { approvalLines, approvalText } from '../text/approval-text.ts';

const OUTPUT_BYTES = 65_536;

type Options = WhichState & { url?: string; aws?: boolean; json?: boolean };

export async function list(options: Options & { all?: boolean }): Promise<void> {
  const approvals = await withSide(options, (side) => side.list(options.all !== true));
  print(options.json ? JSON.stringify({ approvals }, null, 2) : approvalLines(approvals, new Date()));
}

export async function show(id: string, options: Options): Promise<void> {
  const { approval, output } = await withSide(options, (side) => side.show(id));
  print(options.json ? JSON.stringify({ ...approval, output }, null, 2) : approvalText(approval, output));
}

export async function decide(
  verdict: Verdict,
  id: string,
  options: Options & { reason?: string },
): Promise<void> {
  const decided = await withSide(options, (side) => side.decide(id, verdict, options.reason ?? ''));
  print(
    options.json
      ? JSON.stringify(decided)
      : `${id}: ${verdict === 'approve' ? 'approved' : 'rejected'} by ${decided.approver}; it is now ${decided.status}`,
  );
}

interface Decided {
  readonly approver: string;
  readonly status: string;
}

interface Shown {
  readonly approval: ApprovalView;
  /** Redacted text of the plan; null where it has none. */
  readonly output: string | null;
}

/** The human side, wherever it is. Each method stops with what the other side said. */
interface HumanSide {
  list(pendingOnly: boolean): Promise<readonly ApprovalView[]>;
  show(id: string): Promise<Shown>;
  decide(id: string, verdict: Verdict, reason: string): Promise<Decided>;
}

async function withSide<T>(options: Options, use: (side: HumanSide) => Promise<T>): Promise<T> {
  const { url, aws } = options;
  if (url !== undefined) return use(await remoteSide({ url, aws }));
  if (aws) throw new Stop('--aws needs --url with the address of a control API');
  const state = await openStartedState(options);
  try {
    return await use(localSide(state));
  } finally {
    await state.store.close();
  }
}

function localSide(state: LocalState & LoadedPolicy): HumanSide {
  const deps = {
    ...state,
    signer: state.keys,
    verifier: state.keys,
    notices: localNotices(state, state.policy, complain),
    onError: complain,
  };
  return {
    list: async (pendingOnly) =>
      (await listApprovals(deps, { pendingOnly, limit: 200, after: null })).approvals,
    show: async (id) => {
      const approval = (await findApproval(deps, id)) ?? noSuchApproval(id);
      const plan = await findPlan(state.store, state.environment, approval.plan_id);
      const output = plan === null ? null : await planOutput(state.blobs, plan, OUTPUT_BYTES);
      return { approval, output: output?.kind === 'text' ? output.text : null };
    },
    decide: async (id, verdict, reason) => {
      const approver = await approverHere(state);
      const cast = await castVote(deps, { approval_id: id, verdict, reason, approver, via: 'cli' });
      if (cast.refused) throw new Stop(cast.why, cast.status === 400 || cast.status === 404 ? 2 : 1);
      return { approver, status: cast.state.state };
    },
  };
}

function complain(error: unknown): void {
  process.stderr.write(`recourse: ${String(error)}\n`);
}

/** Whoever holds RECOURSE_TOKEN, or the person at the machine. */
async function approverHere(state: LocalState): Promise<string> {
  const token = process.env.RECOURSE_TOKEN;
  if (token === undefined || token === '') return localApprover();
  const holder = await tokenHolder(state.store, token);
  if (holder?.kind !== 'approver')
    throw new Stop('RECOURSE_TOKEN is no valid approver token of this gateway');
  return holder.email;
}

async function remoteSide(remote: Remote): Promise<HumanSide> {
  const control = await remoteControl(remote);
  return {
    list: async (pendingOnly) => {
      const page = await control.get(`/api/approvals${pendingOnly ? '?status=pending' : ''}`);
      return page.approvals;
    },
    show: async (id) => {
      const approval = await control.get(`/api/approvals/${encodeURIComponent(id)}`);
      const plan = await control.get(`/api/plans/${encodeURIComponent(approval.plan_id)}`);
      return { approval, output: plan.output?.kind === 'text' ? plan.output.text : null };
    },
    decide: (id, verdict, reason) =>
      control.post(`/api/approvals/${encodeURIComponent(id)}/decision`, { verdict, reason }),
  };
}

function noSuchApproval(id: string): never {
  throw new Stop(`there is no approval ${id} here; see: recourse approvals list`);
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}
